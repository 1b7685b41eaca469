// fuzz: receipts. With the published key most inputs fail at the MAC, so the payload is also signed
// here and judged behind it. What verifies has an authentic payload that adds up.
#include "base/base64.h"
#include "json/writer.h"
#include "receipt/receipt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse;
  const receipt::Key key(bytes_of("receipt-hmac-test-key-0123456789"));
  const std::string_view text = text_of(ByteView(data, size));
  static_cast<void>(receipt::verify(text, {&key, 1}));

  const std::string payload = base64url(ByteView(data, size));
  std::string envelope;
  json::Writer(envelope)
      .begin_object()
      .member("version", receipt::kVersion1)
      .member("payload", payload)
      .member("signature", base64url(key.hmac.mac(bytes_of(payload)).view()))
      .member("signatureAlgorithm", receipt::kHmacSha256)
      .member("keyId", key.id)
      .end_object();
  const auto verdict = receipt::verify(envelope, {&key, 1});
  if (verdict && verdict->payload != text) __builtin_trap();
  if (verdict && verdict->find("version") == nullptr) __builtin_trap();
  if (!verdict && verdict.error() == receipt::Reason::bad_signature) __builtin_trap();
  if (receipt::verify(envelope, {})) __builtin_trap();
  return 0;
}
