// mpp: receipts written.
#include "mpp/receipt.h"

#include "base/base64.h"
#include "base/hex.h"
#include "json/writer.h"
#include "mpp/challenge.h"

namespace tollhouse::mpp {

std::string receipt_json(const Receipt& receipt) {
  std::string text;
  json::Writer(text)
      .begin_object()
      .member("challengeId", receipt.challenge_id)
      .member("method", kMethod)
      .member("reference", hex(receipt.payment_hash.view()))
      .member("status", "success")
      .member("timestamp", rfc3339(receipt.settled, 0))
      .end_object();
  return text;
}

std::string receipt_value(const Receipt& receipt) {
  return base64url(bytes_of(receipt_json(receipt)));
}

}  // namespace tollhouse::mpp
