// lightning: minting, paying and lying of the simulated wallet.
#include "lightning/simulated.h"

#include <algorithm>

#include "base/invariant.h"
#include "crypto/sha256.h"

namespace tollhouse::lightning {
namespace {

struct FaultName {
  SimulatedFault fault;
  std::string_view name;
};
constexpr FaultName kFaults[] = {
    {SimulatedFault::none, "none"},       {SimulatedFault::down, "down"},
    {SimulatedFault::slow, "slow"},       {SimulatedFault::lie, "lie"},
    {SimulatedFault::pending, "pending"},
};

std::array<std::uint8_t, 8> big_endian(std::uint64_t number) {
  std::array<std::uint8_t, 8> bytes;
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
  return bytes;
}

Digest derive(const crypto::HmacKey& key, std::string_view purpose, std::uint64_t number) {
  const auto bytes = big_endian(number);
  const std::array<ByteView, 2> parts{bytes_of(purpose), ByteView(bytes)};
  return key.mac(parts);
}

crypto::NodeKey node_key_of(const crypto::HmacKey& seed, const crypto::Secp256k1& curve) {
  for (std::uint64_t attempt = 0;; ++attempt) {
    const auto key = crypto::NodeKey::from(derive(seed, "node key", attempt).view());
    if (curve.valid(key)) return key;  // practically always the first
  }
}

}  // namespace

std::optional<SimulatedFault> simulated_fault_from(std::string_view text) {
  for (const FaultName& row : kFaults) {
    if (row.name == text) return row.fault;
  }
  return std::nullopt;
}

std::string_view to_text(SimulatedFault fault) {
  return kFaults[static_cast<std::size_t>(fault)].name;
}

struct SimulatedWallet::Keys {
  Keys(const Secret& secret, Random& random)
      : curve(random), seed(secret.reveal()), node(node_key_of(seed, curve)) {}
  crypto::Secp256k1 curve;
  crypto::HmacKey seed;
  crypto::NodeKey node;
};

SimulatedWallet::SimulatedWallet(const Secret& seed, const Clock& clock, Random& random,
                                 After after)
    : keys_(std::make_unique<Keys>(seed, random)), clock_(clock), after_(std::move(after)) {
  invariant(seed.size() >= 32);
}

SimulatedWallet::~SimulatedWallet() = default;

Preimage SimulatedWallet::preimage(std::uint64_t number) const {
  return Preimage::from(derive(keys_->seed, "preimage", number).view());
}

void SimulatedWallet::mint(const MintRequest& request, Minted answer) {
  const SimulatedFault now = fault();
  if (now == SimulatedFault::down) return answer(refuse(WalletFault::unreachable));
  auto minted = mint_now(request);
  if (now != SimulatedFault::slow) return answer(std::move(minted));
  after_(kSlowness, [minted = std::move(minted), answer = std::move(answer)]() mutable {
    answer(std::move(minted));
  });
}

Result<MintedInvoice, WalletFault> SimulatedWallet::mint_now(const MintRequest& request) {
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  if (issued_.size() >= kInvoicesMax) drop_expired(now);
  if (issued_.size() >= kInvoicesMax) return refuse(WalletFault::unreachable);
  const bool lies = fault_ == SimulatedFault::lie;
  Issued issued;
  issued.number = minted_++;
  issued.amount =
      lies ? request.amount.plus(request.amount).value_or(request.amount) : request.amount;
  bolt::InvoiceRequest invoice;
  invoice.network = bolt::Network::regtest;
  invoice.amount = issued.amount;
  invoice.timestamp = Time(std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()));
  invoice.expiry = std::chrono::ceil<std::chrono::seconds>(request.expiry);
  invoice.description = request.description;
  if (request.description_hash) invoice.description = *request.description_hash;
  const Digest hash = crypto::sha256(preimage(issued.number).reveal());
  invoice.payment_hash = PaymentHash::from(hash.view());
  invoice.payment_secret =
      bolt::PaymentSecret::from(derive(keys_->seed, "payment secret", issued.number).view());
  issued.bolt11 = bolt::encode_and_sign(invoice, keys_->node, keys_->curve);
  issued.expires = bolt::expires_at(invoice);
  MintedInvoice minted{issued.bolt11, invoice.payment_hash, issued.amount, issued.expires};
  if (lies) minted.payment_hash.bytes[0] ^= 0xff;
  issued_.emplace(invoice.payment_hash, std::move(issued));
  return minted;
}

void SimulatedWallet::look_up(const PaymentHash& hash, LookedUp answer) {
  const SimulatedFault now = fault();
  if (now == SimulatedFault::down) return answer(refuse(WalletFault::unreachable));
  auto found = look_up_now(hash);
  if (now != SimulatedFault::slow) return answer(std::move(found));
  after_(kSlowness, [found = std::move(found), answer = std::move(answer)]() mutable {
    answer(std::move(found));
  });
}

Result<Payment, WalletFault> SimulatedWallet::look_up_now(const PaymentHash& hash) {
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  const auto found = issued_.find(hash);
  if (found == issued_.end()) return Payment{};
  const Issued& issued = found->second;
  Payment payment{issued.state, {}};
  if (issued.state == PaymentState::paid) payment.received = issued.amount;
  if (issued.state == PaymentState::unpaid && issued.expires < now) {
    payment.state = PaymentState::expired;
  }
  return payment;
}

Result<SimulatedWallet::Paid, SimulatedWallet::PayFault> SimulatedWallet::pay(
    std::string_view bolt11) {
  const auto invoice = bolt::decode(bolt::bare_invoice(bolt11), keys_->curve);
  if (!invoice) return refuse(PayFault::unknown_invoice);
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  if (fault_ == SimulatedFault::down) return refuse(PayFault::unreachable);
  const auto found = issued_.find(invoice->payment_hash);
  if (found == issued_.end()) return refuse(PayFault::unknown_invoice);
  Issued& issued = found->second;
  if (issued.state != PaymentState::paid) {
    if (issued.expires < now) return refuse(PayFault::expired);
    const bool stays = fault_ == SimulatedFault::pending;
    issued.state = stays ? PaymentState::in_flight : PaymentState::paid;
    if (stays) return refuse(PayFault::in_flight);
  }
  return Paid{invoice->payment_hash, preimage(issued.number)};
}

std::vector<SimulatedWallet::Listed> SimulatedWallet::invoices() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::uint64_t, Listed>> numbered;
  numbered.reserve(issued_.size());
  for (const auto& [hash, issued] : issued_) {
    numbered.push_back({issued.number, {issued.bolt11, hash, issued.amount, issued.state}});
  }
  std::sort(numbered.begin(), numbered.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Listed> listed;
  listed.reserve(numbered.size());
  for (auto& [number, row] : numbered) listed.push_back(std::move(row));
  return listed;
}

void SimulatedWallet::set_fault(SimulatedFault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
}

SimulatedFault SimulatedWallet::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

void SimulatedWallet::drop_expired(Time now) {
  std::erase_if(issued_, [now](const auto& entry) { return entry.second.expires < now; });
}

}  // namespace tollhouse::lightning
