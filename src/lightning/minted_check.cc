// lightning: judging a minted invoice.
#include "lightning/minted_check.h"

namespace tollhouse::lightning {
namespace {

/// A wallet's clock may run a little ahead or behind.
constexpr Duration kClockSlack = std::chrono::minutes(5);

/// Up to the next whole satoshi, not further.
bool amount_fits(Msat invoice, Msat asked) {
  return invoice.count() >= asked.count() && invoice.count() - asked.count() < 1000;
}

/// A wallet that cannot commit to a hash leaves the description; another hash is a lie.
bool description_fits(const bolt::Invoice& invoice, const MintRequest& asked) {
  const auto* hash = std::get_if<bolt::DescriptionHash>(&invoice.description);
  return !asked.description_hash || hash == nullptr || *hash == *asked.description_hash;
}

}  // namespace

Result<bolt::Invoice, WalletFault> check_minted(std::string_view bolt11, const MintRequest& asked,
                                                const MintedExpectation& expected,
                                                const crypto::Secp256k1& curve) {
  auto invoice = bolt::decode(bolt11, curve, {});
  if (!invoice) return refuse(WalletFault::contradiction);
  if (invoice->network != expected.network) return refuse(WalletFault::wrong_network);
  bolt::Expectation wanted;
  wanted.now = expected.now;
  wanted.payee = expected.payee;
  wanted.timestamp_ahead_max = kClockSlack;
  wanted.expiry_max = std::chrono::ceil<std::chrono::seconds>(asked.expiry);
  if (!invoice->amount || !amount_fits(*invoice->amount, asked.amount) ||
      !description_fits(*invoice, asked)) {
    return refuse(WalletFault::contradiction);
  }
  const auto good = bolt::check(*invoice, wanted);
  if (!good && good.error() == bolt::Reason::wrong_payee) return refuse(WalletFault::wrong_payee);
  if (!good) return refuse(WalletFault::contradiction);
  return std::move(*invoice);
}

}  // namespace tollhouse::lightning
