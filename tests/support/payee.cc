// tests/support: a node that is paid.
#include "support/payee.h"

#include "base/hex.h"
#include "base/random.h"
#include "crypto/sha256.h"

namespace tollhouse::test {

struct Payee::Keys {
  SystemRandom random;
  SystemClock clock;
  crypto::Secp256k1 curve{random};
  crypto::NodeKey node = [this] {
    crypto::NodeKey key;
    do {
      random.fill(key.bytes);
    } while (!curve.valid(key));
    return key;
  }();
};

Payee::Payee(bolt::Network network) : network_(network), keys_(std::make_unique<Keys>()) {}

Payee::~Payee() = default;

PayeeInvoice Payee::make(Msat amount, Duration expiry, const std::string& memo,
                         const std::string& hash) const {
  bolt::InvoiceRequest invoice;
  invoice.network = network_;
  invoice.amount = amount;
  invoice.timestamp =
      Time(std::chrono::floor<std::chrono::seconds>(keys_->clock.now().time_since_epoch()));
  invoice.expiry = expiry;
  if (hash.empty()) {
    invoice.description = memo;
  } else {
    invoice.description = value_from_hex<bolt::DescriptionHash>(hash).value();
  }
  Preimage preimage;
  keys_->random.fill(preimage.bytes);
  keys_->random.fill(invoice.payment_secret.bytes);
  invoice.payment_hash = PaymentHash::from(crypto::sha256(preimage.reveal()).view());
  PayeeInvoice made;
  made.bolt11 = bolt::encode_and_sign(invoice, keys_->node, keys_->curve);
  made.hash = hex(invoice.payment_hash.view());
  made.preimage = hex(preimage.reveal());
  made.memo = memo;
  made.amount_msat = static_cast<std::int64_t>(amount.count());
  made.created = invoice.timestamp;
  made.expires = bolt::expires_at(invoice);
  return made;
}

std::string Payee::hash_of(const std::string& bolt11) const {
  const auto invoice = bolt::decode(bolt11, keys_->curve, {});
  return invoice ? hex(invoice->payment_hash.view()) : std::string();
}

std::string Payee::damaged(std::string bolt11) {
  bolt11.back() = bolt11.back() == 'q' ? 'p' : 'q';
  return bolt11;
}

}  // namespace tollhouse::test
