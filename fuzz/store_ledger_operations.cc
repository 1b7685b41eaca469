// Random calls over the hold table and a store whose syncs fail and whose process dies: after each
// step no use is two callers', and after each restart the books are sound.
#include <map>
#include <set>

#include "ledger/hold_table.h"
#include "ledger/rules.h"
#include "store/memory_store.h"

namespace {

using namespace tollhouse;
using namespace tollhouse::ledger;

const Time kStart = time_from_unix(1'800'000'000);

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  bool empty() const { return at_ >= size_; }
  unsigned next(unsigned below) { return empty() ? 0 : data_[at_++] % below; }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

void require(bool holds) {
  if (!holds) __builtin_trap();
}

PaymentHash payment(unsigned n) {
  PaymentHash hash;
  hash.bytes[0] = static_cast<std::uint8_t>(n);
  return hash;
}

/// One gate over one disk: charges on success, or on attempt where the payment's number is odd.
class World {
 public:
  void step(Input& input) {
    switch (input.next(10)) {
      case 0:
      case 1:
      case 2:
        return begin(input);
      case 3:
        return end(input, CallEnd::result);
      case 4:
        return end(input, static_cast<CallEnd>(input.next(6)));
      case 5:
        return confirm(input);
      case 6:
        return fail(input);
      case 7:
        return crash(input);
      case 8:
        return sweep(input);
      default:
        store_.step();
    }
  }

  void check() {
    require(table_->holds_open() <= calls_.size());
    const AuditReport report = audit(store_.books());
    require(report.ok());
    require(report.charges == report.receipts);
  }

 private:
  struct Call {
    Hold hold;
    Charge charge;
    bool attempt = false;
    enum { running, writing, over } state = running;
  };

  void end_redelivery(const Redelivery& again, unsigned how) {
    if (how == 0) table_->redelivered(again);
    if (how == 1) table_->redelivery_failed(again, Sent::nothing);
    if (how == 2) table_->redelivery_failed(again, Sent::request);
  }

  void begin(Input& input) {
    const unsigned n = input.next(6);
    HoldRequest request;
    request.payment_hash = payment(n);
    request.uses = n < 3 ? Uses::single() : n < 5 ? Uses::of(3) : Uses::unlimited();
    request.request_digest.bytes[0] = static_cast<std::uint8_t>(input.next(2));
    request.expires = kStart + std::chrono::seconds(300);
    request.now = now_;
    const auto taken = table_->take(request);
    if (!taken) return;
    if (const auto* again = std::get_if<Redelivery>(&*taken)) {
      require(answered_.contains(again->charge));  // only what was charged is answered free
      end_redelivery(*again, input.next(3));
      return;
    }
    const auto* hold = std::get_if<Hold>(&*taken);
    if (hold == nullptr) return;
    for (const auto& [id, call] : calls_) {
      require(call.state == Call::over || !(call.hold.key == hold->key));
    }
    require(!charged_.contains({n, hold->key.use_no}));
    Call call{*hold, charge_for(request, *hold), hold->first_showing || n % 2 == 1};
    const unsigned id = next_call_++;
    Call& kept = calls_.emplace(id, std::move(call)).first->second;
    if (kept.attempt) write(id, kept);
  }

  Charge charge_for(const HoldRequest& request, const Hold& hold) {
    Charge made;
    made.id.bytes[0] = static_cast<std::uint8_t>(next_call_);
    made.id.bytes[1] = static_cast<std::uint8_t>(next_call_ >> 8);
    made.payment_hash = request.payment_hash;
    made.use_no = hold.key.use_no;
    made.uses = request.uses;
    made.gross = made.net = *Msat::of(1'000);
    made.settled = *Msat::of(3'000);
    made.request_digest = request.request_digest;
    made.caller = request.caller;
    made.created = now_;
    made.expires = request.expires;
    made.receipt_id = to_text(made.id);
    made.receipt = "{}";
    return made;
  }

  /// Charges, and commits the hold when the store says that it is on the disk.
  void write(unsigned id, Call& call) {
    call.state = Call::writing;
    store_.apply(RecordCharge{call.charge}, [this, id](Answer answer) { written(id, answer); });
  }

  void written(unsigned id, const Answer& answer) {
    Call& call = calls_.at(id);
    call.state = Call::over;
    if (!answer) {
      if (answer.error() == Fault::io_error) return table_->poison();
      return require(table_->release(call.hold, Sent::nothing));
    }
    // The table gave this use to one caller only, so the store's guard never speaks first.
    require(std::holds_alternative<Done>(*answer));
    const auto n = call.charge.payment_hash->bytes[0];
    require(charged_.insert({n, call.hold.key.use_no}).second);
    answered_.insert(call.charge.id);
    require(table_->commit(call.hold, {call.charge.id, now_, false}));
  }

  void end(Input& input, CallEnd how) {
    if (calls_.empty()) return;
    const auto at = std::next(calls_.begin(), input.next(static_cast<unsigned>(calls_.size())));
    Call& call = at->second;
    if (call.state != Call::running) return;
    const SettleTerms terms{ChargeOn::success, call.hold.must_commit, call.hold.first_showing};
    if (settle(how, terms) == Settlement::commit) return write(at->first, call);
    const Sent sent = how == CallEnd::nothing_sent ? Sent::nothing : Sent::request;
    if (!table_->release(call.hold, sent)) return write(at->first, call);
    call.state = Call::over;
  }

  void confirm(Input& input) {
    if (calls_.empty()) return;
    const auto at = std::next(calls_.begin(), input.next(static_cast<unsigned>(calls_.size())));
    Call& call = at->second;
    if (call.state != Call::over || !answered_.contains(call.charge.id)) return;
    if (input.next(2) == 0) return table_->lost(call.hold.key);
    table_->delivered(call.hold.key, now_);
    store_.apply(MarkDelivered{call.charge.id, now_}, {});
  }

  void fail(Input& input) {
    store_.fail_sync(input.next(2) == 0 ? Fault::disk_full : Fault::io_error, input.next(3));
  }

  void crash(Input& input) {
    store_.crash(input.next(2) == 0);
    calls_.clear();
    restart();
  }

  void restart() {
    table_ = std::make_unique<HoldTable>();
    std::set<std::pair<unsigned, std::uint32_t>> found;
    std::set<ChargeId> ids;
    const auto opening = store_.load([&](const SpentRow& row) {
      table_->restore(row);
      found.insert({row.key.payment_hash.bytes[0], row.key.use_no});
      ids.insert(row.charge);
    });
    table_->purged_before(opening->purged_before);
    const bool all_alive = opening->purged_before < kStart;
    // Whatever was answered is there; more may be: a charge whose answer the crash took.
    if (all_alive) {
      require(std::includes(found.begin(), found.end(), charged_.begin(), charged_.end()));
    }
    charged_.insert(found.begin(), found.end());
    answered_.insert(ids.begin(), ids.end());
  }

  void sweep(Input& input) {
    now_ += std::chrono::seconds(input.next(200));
    store_.apply(Sweep{now_}, {});
    require(table_->sweep(now_, Tick()).lapsed == 0);
  }

  store::MemoryStore store_;
  std::unique_ptr<HoldTable> table_ = std::make_unique<HoldTable>();
  std::map<unsigned, Call> calls_;
  std::set<std::pair<unsigned, std::uint32_t>> charged_;
  std::set<ChargeId> answered_;
  unsigned next_call_ = 0;
  Time now_ = kStart;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, std::min<std::size_t>(size, 2'000));
  World world;
  while (!input.empty()) {
    world.step(input);
    world.check();
  }
  return 0;
}
