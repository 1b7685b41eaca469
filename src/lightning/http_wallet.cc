// lightning: asking a wallet, judging its answers, and leaving it in peace when it fails.
#include "lightning/http_wallet.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <unordered_set>

#include "lightning/back_off.h"
#include "lightning/circuit_breaker.h"
#include "lightning/fault_meaning.h"
#include "lightning/minted_check.h"
#include "lightning/payment_watch.h"

namespace tollhouse::lightning {
namespace {

constexpr int kTries = 2;
/// A second try needs at least this much of the time that is left.
constexpr Duration kTryTime = std::chrono::milliseconds(200);
/// Of the invoice that shows network and preimages at the start.
constexpr Duration kProbeExpiry = std::chrono::seconds(60);
/// Look-ups that hints leave to callers.
constexpr double kLookupsForCallers = HttpWallet::kLookupsAtOnce / 2;

}  // namespace

class HttpWallet::Core final : public std::enable_shared_from_this<Core> {
 public:
  Core(std::unique_ptr<WalletProtocol> protocol, HttpWalletSettings settings,
       const HttpWalletSurroundings& around)
      : protocol_(std::move(protocol)),
        settings_(std::move(settings)),
        around_(around),
        mint_timeout_(settings_.mint_timeout),
        lookup_timeout_(settings_.lookup_timeout) {}

  void set_timeouts(Duration mint, Duration look_up);
  void mint(const MintRequest& request, Minted answer);
  void look_up(const PaymentHash& hash, LookedUp answer);
  void watch(const PaymentHash& hash);
  HintCounts hints() const;
  void keep();
  Condition condition() const;
  std::optional<WalletFault> complaint() const;
  void close();
  bolt::Network network() const { return settings_.network; }
  const WalletProtocol& protocol() const { return *protocol_; }

 private:
  struct Minting {
    MintRequest request;
    Minted answer;
    Tick deadline;
    int tries = kTries;
  };
  struct LookingUp {
    PaymentHash hash;
    LookedUp answer;
    Tick deadline;
    int tries = kTries;
  };

  /// A row of start-up checks, and what follows when all went well.
  struct Checking {
    std::vector<StartCheck> checks;
    std::move_only_function<void()> then;
    std::size_t at = 0;
  };

  Tick now() const { return around_.clock.tick(); }
  io::Errand errand(Question question, Duration timeout) const;
  void send(io::Errand errand, std::move_only_function<void(io::ErrandResult)> then);
  void write(LogLevel level, std::string_view event, std::string_view message) const;

  std::optional<WalletFault> begin_call();
  void end_call(std::optional<WalletFault> fault);
  void count(std::optional<WalletFault> fault);
  bool again(WalletFault fault, int& tries, Tick deadline);
  bool take_lookup(double left_to_others);

  void try_mint(const std::shared_ptr<Minting>& minting);
  void minted(const std::shared_ptr<Minting>& minting, const io::ErrandResult& result);
  struct Judged {
    MintedInvoice invoice;
    crypto::PublicKey payee;
  };
  Result<Judged, WalletFault> judge_minted(const MintRequest& request,
                                           const io::ErrandResult& result,
                                           const std::optional<crypto::PublicKey>& payee);
  std::optional<crypto::PublicKey> payee() const;
  bool is_new(const PaymentHash& hash);
  void try_look_up(const std::shared_ptr<LookingUp>& looking);
  void looked_up(const std::shared_ptr<LookingUp>& looking, const io::ErrandResult& result);

  void listen();
  void heard(const PaymentHash& hash, int wanted, const io::ErrandResult& result);
  void follow_hint(const PaymentHash& hash);
  void listened(const PaymentHash& hash);
  void cannot_listen(const PaymentHash& hash);

  void check();
  void check_next(const std::shared_ptr<Checking>& checking);
  void checked(const std::shared_ptr<Checking>& checking, const io::ErrandResult& result);
  std::optional<WalletFault> take_finding(Finding finding);
  void check_invoice();
  void check_lookup(const PaymentHash& hash);
  void check_failed(WalletFault fault);
  void checks_passed();

  const std::unique_ptr<WalletProtocol> protocol_;
  const HttpWalletSettings settings_;
  const HttpWalletSurroundings around_;
  std::atomic<Duration> mint_timeout_;
  std::atomic<Duration> lookup_timeout_;
  mutable std::mutex mutex_;
  CircuitBreaker breaker_;
  std::optional<WalletFault> complaint_ = WalletFault::not_ready;
  std::optional<WalletFault> told_;  ///< the complaint that stands in the log
  bool checking_ = false;
  bool closed_ = false;
  Tick next_check_{};
  Tick silent_until_{};
  BackOff back_off_;
  std::size_t calls_ = 0;
  double lookups_ = kLookupsAtOnce;
  Tick lookups_at_{};
  std::unordered_set<PaymentHash> hashes_;
  std::deque<PaymentHash> hashes_in_order_;
  std::optional<crypto::PublicKey> payee_;  ///< who signed the invoice of the start-up check
  PaymentWatch watch_;
};

io::Errand HttpWallet::Core::errand(Question question, Duration timeout) const {
  io::Errand made;
  made.method = std::move(question.method);
  made.url = settings_.url + std::move(question.path);
  if (!question.content_type.empty()) {
    made.fields.push_back({"Content-Type", std::move(question.content_type)});
  }
  made.body = std::move(question.body);
  made.timeout = std::max<Duration>(kTryTime, timeout);
  made.allow_private = settings_.allow_private;
  protocol_->pin(made);
  if (question.with_credential) protocol_->show_credential(made);
  return made;
}

void HttpWallet::Core::write(LogLevel level, std::string_view event,
                             std::string_view message) const {
  around_.log.write(level, event, message, {{"lightning.driver", protocol_->driver()}});
}

void HttpWallet::Core::send(io::Errand errand,
                            std::move_only_function<void(io::ErrandResult)> then) {
  // Not under the lock: an errand may be answered inside its own call.
  const bool closed = [this] {
    const std::lock_guard lock(mutex_);
    return closed_;
  }();
  if (closed) return then(refuse(io::ErrandFault::refused));
  around_.errands.send(std::move(errand), std::move(then));
}

/// Counts a call as under way; or why it may not begin.
std::optional<WalletFault> HttpWallet::Core::begin_call() {
  const std::lock_guard lock(mutex_);
  const Tick tick = now();
  if (complaint_ == WalletFault::overpowered) return complaint_;
  if (tick < silent_until_) return WalletFault::rate_limited;
  if (calls_ >= kCallsMax || !breaker_.allows(tick)) return WalletFault::resting;
  ++calls_;
  return std::nullopt;
}

void HttpWallet::Core::end_call(std::optional<WalletFault> fault) {
  count(fault);
  const std::lock_guard lock(mutex_);
  --calls_;
}

/// What a try did, into the circuit breaker.
void HttpWallet::Core::count(std::optional<WalletFault> fault) {
  bool before = false;
  bool open = false;
  {
    const std::lock_guard lock(mutex_);
    before = breaker_.is_open();
    if (!fault) {
      breaker_.succeeded();
    } else if (*fault == WalletFault::rate_limited) {
      silent_until_ = now() + kRateLimitPause;
    } else if (opens_at_once(*fault)) {
      breaker_.open(now());
    } else if (!no_failure(*fault)) {
      breaker_.failed(now());
    }
    open = breaker_.is_open();
  }
  if (open == before) return;
  if (!open) {
    return write(LogLevel::info, "wallet_circuit_closed", "The wallet answers again.");
  }
  around_.log.write(
      LogLevel::error, "wallet_circuit_open",
      "The wallet failed and is asked once in five seconds until it answers.",
      {{"lightning.driver", protocol_->driver()}, {"lightning.fault", to_text(*fault)}});
}

/// Whether one more try is worth it; the failed one is counted then.
bool HttpWallet::Core::again(WalletFault fault, int& tries, Tick deadline) {
  // A node may have renewed the certificate that is pinned.
  const bool cured = fault == WalletFault::tls_untrusted && protocol_->renew_pin();
  if (--tries <= 0 || (!cured && !tried_again(fault)) || now() + kTryTime > deadline) return false;
  {
    const std::lock_guard lock(mutex_);
    // The trial of an open circuit is one.
    if (closed_ || breaker_.is_open()) return false;
  }
  count(fault);
  return true;
}

void HttpWallet::Core::set_timeouts(Duration mint, Duration look_up) {
  mint_timeout_ = mint;
  lookup_timeout_ = look_up;
}

bool HttpWallet::Core::take_lookup(double left_to_others) {
  const std::lock_guard lock(mutex_);
  const Tick tick = now();
  const double seconds = std::chrono::duration<double>(tick - lookups_at_).count();
  lookups_ = std::min(kLookupsAtOnce, lookups_ + seconds * protocol_->lookups_per_second());
  lookups_at_ = tick;
  if (lookups_ < 1 + left_to_others) return false;
  lookups_ -= 1;
  return true;
}

void HttpWallet::Core::mint(const MintRequest& request, Minted answer) {
  if (const auto fault = complaint()) return answer(refuse(*fault));
  if (const auto fault = begin_call()) return answer(refuse(*fault));
  try_mint(std::make_shared<Minting>(request, std::move(answer), now() + mint_timeout_.load()));
}

void HttpWallet::Core::try_mint(const std::shared_ptr<Minting>& minting) {
  send(errand(protocol_->mint(minting->request), minting->deadline - now()),
       [self = shared_from_this(), minting](io::ErrandResult result) {
         self->minted(minting, result);
       });
}

void HttpWallet::Core::minted(const std::shared_ptr<Minting>& minting,
                              const io::ErrandResult& result) {
  auto judged = judge_minted(minting->request, result, payee());
  if (!judged && again(judged.error(), minting->tries, minting->deadline)) {
    return try_mint(minting);
  }
  end_call(judged ? std::nullopt : std::optional(judged.error()));
  if (!judged) return minting->answer(refuse(judged.error()));
  minting->answer(std::move(judged->invoice));
}

std::optional<crypto::PublicKey> HttpWallet::Core::payee() const {
  const std::lock_guard lock(mutex_);
  return payee_;
}

Result<HttpWallet::Core::Judged, WalletFault> HttpWallet::Core::judge_minted(
    const MintRequest& request, const io::ErrandResult& result,
    const std::optional<crypto::PublicKey>& payee) {
  if (!result) return refuse(fault_of(result.error()));
  auto answer = protocol_->read_minted(result->status, result->body);
  if (!answer) return refuse(answer.error());
  const MintedExpectation expected{settings_.network, around_.clock.now(), payee};
  const auto invoice = check_minted(answer->bolt11, request, expected, around_.curve);
  if (!invoice) return refuse(invoice.error());
  const bool known_by_its_hash = answer->payment_hash == invoice->payment_hash;
  if (!known_by_its_hash || !is_new(invoice->payment_hash)) {
    return refuse(WalletFault::contradiction);
  }
  return Judged{MintedInvoice{std::move(answer->bolt11), invoice->payment_hash, *invoice->amount,
                              bolt::expires_at(*invoice)},
                invoice->payee};
}

bool HttpWallet::Core::is_new(const PaymentHash& hash) {
  const std::lock_guard lock(mutex_);
  if (!hashes_.insert(hash).second) return false;
  hashes_in_order_.push_back(hash);
  if (hashes_in_order_.size() > kHashesMax) {
    hashes_.erase(hashes_in_order_.front());
    hashes_in_order_.pop_front();
  }
  return true;
}

void HttpWallet::Core::look_up(const PaymentHash& hash, LookedUp answer) {
  const auto paid = [&] {
    const std::lock_guard lock(mutex_);
    return watch_.paid(hash);
  }();
  if (paid) return answer(*paid);
  if (!take_lookup(0)) return answer(refuse(WalletFault::resting));
  if (const auto fault = begin_call()) return answer(refuse(*fault));
  try_look_up(std::make_shared<LookingUp>(hash, std::move(answer), now() + lookup_timeout_.load()));
}

void HttpWallet::Core::try_look_up(const std::shared_ptr<LookingUp>& looking) {
  send(errand(protocol_->look_up(looking->hash), looking->deadline - now()),
       [self = shared_from_this(), looking](io::ErrandResult result) {
         self->looked_up(looking, result);
       });
}

void HttpWallet::Core::looked_up(const std::shared_ptr<LookingUp>& looking,
                                 const io::ErrandResult& result) {
  auto found = result ? protocol_->read_payment(result->status, result->body, looking->hash,
                                                around_.clock.now())
                      : refuse(fault_of(result.error()));
  if (!found && again(found.error(), looking->tries, looking->deadline)) {
    return try_look_up(looking);
  }
  end_call(found ? std::nullopt : std::optional(found.error()));
  looking->answer(std::move(found));
}

void HttpWallet::Core::watch(const PaymentHash& hash) {
  {
    const std::lock_guard lock(mutex_);
    watch_.add(hash, now());
  }
  listen();
}

HintCounts HttpWallet::Core::hints() const {
  const std::lock_guard lock(mutex_);
  return watch_.counts();
}

void HttpWallet::Core::listen() {
  std::vector<PaymentWatch::Due> due;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    due = watch_.take_due(now());
  }
  for (const auto& [hash, longest] : due) {
    auto listening = protocol_->listen(hash, around_.random);
    if (!listening) {
      listened(hash);
      continue;
    }
    io::Errand order = errand(std::move(listening->question), longest);
    std::ranges::move(listening->fields, std::back_inserter(order.fields));
    order.bytes_enough = listening->bytes_enough;
    send(std::move(order), [self = shared_from_this(), hash, wanted = listening->status](
                               io::ErrandResult result) { self->heard(hash, wanted, result); });
  }
}

void HttpWallet::Core::heard(const PaymentHash& hash, int wanted, const io::ErrandResult& result) {
  // Silent to the end: nobody has paid.
  if (!result && result.error() == io::ErrandFault::timed_out) return listened(hash);
  if (!result || result->status != wanted || result->body.empty()) return cannot_listen(hash);
  const bool news = [this] {
    const std::lock_guard lock(mutex_);
    return watch_.works();
  }();
  if (news) write(LogLevel::info, "wallet_watch_up", "The wallet's word of payments comes again.");
  if (!protocol_->is_hint(result->body)) return listened(hash);
  follow_hint(hash);
}

/// Looked up with the wallet's credential and judged like any other; where callers need the
/// look-ups, not at all.
void HttpWallet::Core::follow_hint(const PaymentHash& hash) {
  if (!take_lookup(kLookupsForCallers) || begin_call()) return listened(hash);
  auto answer = [self = shared_from_this(), hash](const Result<Payment, WalletFault>& found) {
    if (!found) return self->listened(hash);
    const std::lock_guard lock(self->mutex_);
    self->watch_.found(hash, *found, self->now());
  };
  try_look_up(std::make_shared<LookingUp>(hash, std::move(answer), now() + lookup_timeout_.load()));
}

void HttpWallet::Core::listened(const PaymentHash& hash) {
  const std::lock_guard lock(mutex_);
  watch_.listened(hash, now());
}

void HttpWallet::Core::cannot_listen(const PaymentHash& hash) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || !watch_.failed(hash, now(), around_.random)) return;
  }
  write(LogLevel::info, "wallet_watch_down",
        "The wallet's word of payments does not come; they are looked up when they are shown.");
}

void HttpWallet::Core::keep() {
  listen();
  check();
}

void HttpWallet::Core::check() {
  {
    const std::lock_guard lock(mutex_);
    const bool due = complaint_ && *complaint_ != WalletFault::overpowered && !checking_;
    if (!due || closed_ || now() < next_check_) return;
    checking_ = true;
  }
  const auto power = protocol_->credential(around_.clock.now());
  if (!power) return check_failed(power.error());
  for (const Finding finding : *power) {
    if (const auto refused = take_finding(finding)) return check_failed(*refused);
  }
  check_next(std::make_shared<Checking>(protocol_->checks(),
                                        [self = shared_from_this()] { self->check_invoice(); }));
}

void HttpWallet::Core::check_next(const std::shared_ptr<Checking>& checking) {
  if (checking->at == checking->checks.size()) return checking->then();
  send(errand(checking->checks[checking->at].question, lookup_timeout_.load()),
       [self = shared_from_this(), checking](io::ErrandResult result) {
         self->checked(checking, result);
       });
}

void HttpWallet::Core::checked(const std::shared_ptr<Checking>& checking,
                               const io::ErrandResult& result) {
  if (!result) return check_failed(fault_of(result.error()));
  const auto finding = checking->checks[checking->at].read(result->status, result->body);
  const auto refused = finding ? take_finding(*finding) : std::optional(finding.error());
  if (refused) return check_failed(*refused);
  ++checking->at;
  check_next(checking);
}

/// Says in the log what was found; a fault where nothing may be sold with it.
std::optional<WalletFault> HttpWallet::Core::take_finding(Finding finding) {
  switch (finding) {
    case Finding::nothing:
      break;
    case Finding::can_spend:
      if (!settings_.allow_spending_key) return WalletFault::overpowered;
      write(LogLevel::warning, "wallet_key_can_spend",
            "The wallet's key can spend; lightning.allow_spending_key allows it.");
      break;
    case Finding::sees_more:
      write(LogLevel::warning, "wallet_key_sees_more",
            "The wallet's key shows more than a gate needs.");
      break;
    case Finding::ends_soon:
      write(LogLevel::warning, "wallet_key_ends_soon",
            "The wallet's key is good for less than a week.");
      break;
    case Finding::shows_preimages:
      write(LogLevel::warning, "wallet_shows_preimages",
            "This wallet shows preimages of unpaid invoices to anybody: keep its port away from "
            "callers. Every payment is asked of it before it counts.");
      break;
  }
  return std::nullopt;
}

/// A wallet need not say which network it is on, nor which node it has: an invoice does.
void HttpWallet::Core::check_invoice() {
  const MintRequest request{*Msat::of_sat(1), kProbeExpiry, "Tollhouse: start-up check"};
  send(errand(protocol_->mint(request), mint_timeout_.load()),
       [self = shared_from_this(), request](io::ErrandResult result) {
         const auto minted = self->judge_minted(request, result, std::nullopt);
         if (!minted) return self->check_failed(minted.error());
         {
           const std::lock_guard lock(self->mutex_);
           self->payee_ = minted->payee;
         }
         self->check_lookup(minted->invoice.payment_hash);
       });
}

/// Nobody has seen that invoice: it cannot be paid.
void HttpWallet::Core::check_lookup(const PaymentHash& hash) {
  send(errand(protocol_->look_up(hash), lookup_timeout_.load()),
       [self = shared_from_this(), hash](io::ErrandResult result) {
         if (!result) return self->check_failed(fault_of(result.error()));
         const auto found = self->protocol_->read_payment(result->status, result->body, hash,
                                                          self->around_.clock.now());
         if (!found) return self->check_failed(found.error());
         if (found->state != PaymentState::unpaid) {
           return self->check_failed(WalletFault::contradiction);
         }
         self->check_next(std::make_shared<Checking>(self->protocol_->checks_of(hash),
                                                     [self] { self->checks_passed(); }));
       });
}

void HttpWallet::Core::check_failed(WalletFault fault) {
  if (fault == WalletFault::tls_untrusted) protocol_->renew_pin();
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    checking_ = false;
    news = told_ != fault;
    told_ = fault;
    complaint_ = fault;
    // Each check of the network leaves an invoice behind: seldom, until somebody has corrected it.
    const bool lies = fault == WalletFault::wrong_network || fault == WalletFault::contradiction;
    const Duration pause = lies                                 ? BackOff::kLongest
                           : fault == WalletFault::rate_limited ? kRateLimitPause
                                                                : back_off_.next(around_.random);
    next_check_ = now() + pause;
  }
  if (!news) return;
  around_.log.write(
      LogLevel::error, "wallet_check_failed", "The wallet is not used until its check goes well.",
      {{"lightning.driver", protocol_->driver()}, {"lightning.fault", to_text(fault)}});
}

void HttpWallet::Core::checks_passed() {
  {
    const std::lock_guard lock(mutex_);
    checking_ = false;
    complaint_.reset();
    told_.reset();
    breaker_.succeeded();
  }
  around_.log.write(LogLevel::info, "wallet_ready", "The wallet answers and can receive.",
                    {{"lightning.driver", protocol_->driver()},
                     {"lightning.network", bolt::to_text(settings_.network)}});
}

Condition HttpWallet::Core::condition() const {
  const std::lock_guard lock(mutex_);
  Condition condition;
  const Tick tick = now();
  condition.circuit_open = breaker_.is_open();
  condition.ready = !complaint_ && !condition.circuit_open && tick >= silent_until_;
  if (tick < silent_until_) condition.retry_after = silent_until_ - tick;
  return condition;
}

std::optional<WalletFault> HttpWallet::Core::complaint() const {
  const std::lock_guard lock(mutex_);
  return complaint_;
}

void HttpWallet::Core::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

HttpWallet::HttpWallet(std::unique_ptr<WalletProtocol> protocol, HttpWalletSettings settings,
                       const HttpWalletSurroundings& surroundings)
    : core_(std::make_shared<Core>(std::move(protocol), std::move(settings), surroundings)) {}

HttpWallet::~HttpWallet() { close(); }

std::string_view HttpWallet::driver() const { return core_->protocol().driver(); }
bolt::Network HttpWallet::network() const { return core_->network(); }
bool HttpWallet::unpaid_preimage_public() const {
  return core_->protocol().unpaid_preimage_public();
}
Condition HttpWallet::condition() const { return core_->condition(); }
void HttpWallet::mint(const MintRequest& request, Minted answer) {
  core_->mint(request, std::move(answer));
}
void HttpWallet::look_up(const PaymentHash& hash, LookedUp answer) {
  core_->look_up(hash, std::move(answer));
}
void HttpWallet::watch(const PaymentHash& hash) { core_->watch(hash); }
HintCounts HttpWallet::hints() const { return core_->hints(); }
void HttpWallet::keep() { core_->keep(); }
bool HttpWallet::overpowered() const { return core_->complaint() == WalletFault::overpowered; }
std::optional<WalletFault> HttpWallet::complaint() const { return core_->complaint(); }
void HttpWallet::set_timeouts(Duration mint, Duration look_up) {
  core_->set_timeouts(mint, look_up);
}
void HttpWallet::close() { core_->close(); }

}  // namespace tollhouse::lightning
