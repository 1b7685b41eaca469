// sim: lies of a wallet.
#include "sim/wallet.h"

#include "base/hex.h"

namespace tollhouse::sim {
namespace {

using lightning::PaymentState;

/// From its answer to the gate's memory of it.
constexpr Duration kHeardWithin = std::chrono::milliseconds(100);
constexpr Msat kPlenty = *Msat::of(1'000'000'000);

std::string short_text(const PaymentHash& hash) { return hex(hash.view().first(4)); }

}  // namespace

DoubtfulWallet::DoubtfulWallet(lightning::SimulatedWallet& inside, const SimClock& clock,
                               Trace& trace, std::uint64_t seed, bool shows_preimages,
                               Complain complain)
    : inside_(inside),
      clock_(clock),
      trace_(trace),
      dice_(seed, "doubtful wallet"),
      shows_preimages_(shows_preimages),
      complain_(std::move(complain)) {}

void DoubtfulWallet::repent() {
  faults = Faults{};
  stuck_.clear();
}

// ---- minting
// ------------------------------------------------------------------------------------

/// An invoice for other terms than the gate's.
lightning::MintRequest DoubtfulWallet::altered(const lightning::MintRequest& request) {
  lightning::MintRequest other = request;
  switch (dice_.below(5)) {
    case 0:
      other.amount = *Msat::of(request.amount.count() - 1);
      break;
    case 1:
      other.amount = *Msat::of(request.amount.count() + 1);  // wallets may round up
      break;
    case 2:
      if (other.description_hash) other.description_hash->bytes[3] ^= 1;
      break;
    case 3:
      other.description_hash.reset();
      break;
    default:
      other.expiry = dice_.one_in(2) ? request.expiry / 2 : request.expiry * 2;
      break;
  }
  return other;
}

void DoubtfulWallet::mint(const lightning::MintRequest& request, Minted answer) {
  const bool lies = faults.wallet_mints && dice_.one_in(3);
  if (lies && !minted_.empty() && dice_.one_in(4)) {
    trace_.say("wallet hands out an older invoice");
    return answer(dice_.pick(minted_));
  }
  const bool other_hash = lies && dice_.one_in(4);
  const bool other_terms = lies && !other_hash;
  if (lies) trace_.say("wallet mints {}", other_hash ? "under another hash" : "for other terms");
  inside_.mint(other_terms ? altered(request) : request,
               [this, other_hash, answer = std::move(answer)](auto minted) mutable {
                 if (minted && other_hash) minted->payment_hash.bytes[5] ^= 1;
                 if (minted && !other_hash) minted_.push_back(*minted);
                 if (minted_.size() > 8) minted_.erase(minted_.begin());
                 answer(std::move(minted));
               });
}

// ---- its word about payments
// --------------------------------------------------------------------

DoubtfulWallet::Word DoubtfulWallet::choose_word() {
  if (!faults.wallet_words || !dice_.one_in(3)) return Word::truth;
  static constexpr Word kLies[] = {Word::paid, Word::unpaid, Word::unpaid, Word::less,
                                   Word::in_flight};
  return dice_.pick(kLies);
}

void DoubtfulWallet::look_up(const PaymentHash& hash, LookedUp answer) {
  // A word that was heard in time is final: the wallet is not asked twice in one life of the gate.
  const auto before = told_.find(hash);
  if (before != told_.end() && clock_.tick() > before->second + kHeardWithin) {
    complain_("paid_asked_again: " + short_text(hash));
  }
  const bool heard = inside_.fault() != lightning::SimulatedFault::slow;
  const PaymentHash asked = hash;
  inside_.look_up(hash, [this, asked, heard, answer = std::move(answer)](auto found) mutable {
    if (found) *found = told(asked, *found, heard);
    answer(std::move(found));
  });
}

lightning::Payment DoubtfulWallet::told(const PaymentHash& hash, lightning::Payment payment,
                                        bool heard) {
  if (payment.state == PaymentState::paid && !paid(hash)) payment = {PaymentState::unpaid, {}};
  const Word word = choose_word();
  bool enough = payment.state == PaymentState::paid;
  switch (word) {
    case Word::truth:
      break;
    case Word::paid:
      payment = {PaymentState::paid, kPlenty};
      enough = true;
      break;
    case Word::unpaid:
      payment = {PaymentState::unpaid, {}};
      enough = false;
      break;
    case Word::less:
      payment.received = payment.received.minus(*Msat::of(1)).value_or(Msat());
      enough = false;
      break;
    case Word::in_flight:
      stuck_.insert(hash);
      break;
  }
  if (stuck_.contains(hash)) {
    payment = {PaymentState::in_flight, {}};
    enough = false;
  }
  trace_.say("wallet says of {}: {} {} msat", short_text(hash), int(payment.state),
             payment.received.count());
  if (enough) called_paid_.insert(hash);
  if (enough && heard) told_.emplace(hash, clock_.tick());
  return payment;
}

// ---- the payer's side
// ---------------------------------------------------------------------------

Result<DoubtfulWallet::Receipt, lightning::SimulatedWallet::PayFault> DoubtfulWallet::pay(
    std::string_view invoice) {
  const auto paid = inside_.pay(invoice);
  if (!paid) return refuse(paid.error());
  paid_.insert(paid->payment_hash);
  if (!faults.wallet_preimages || !dice_.one_in(3)) {
    return Receipt{paid->payment_hash, paid->preimage, true};
  }
  Bytes other(paid->preimage.reveal().begin(), paid->preimage.reveal().end());
  other[dice_.below(other.size())] ^= 1;
  return Receipt{paid->payment_hash, Preimage::from(other), false};
}

std::optional<Preimage> DoubtfulWallet::peek(std::string_view invoice) {
  if (!shows_preimages_) return std::nullopt;
  const auto shown = inside_.pay(invoice);
  if (!shown) return std::nullopt;
  return shown->preimage;
}

}  // namespace tollhouse::sim
