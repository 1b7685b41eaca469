// lightning: the shelf of invoices that wait for a caller.
#include "lightning/minted_ahead.h"

#include <algorithm>
#include <deque>
#include <mutex>

namespace tollhouse::lightning {

namespace {

using MintAnswer = Result<MintedInvoice, WalletFault>;

}  // namespace

struct MintedAhead::Shelf {
  struct Ready {
    MintedInvoice invoice;
    Time good_until;
  };
  struct Kind {
    MintRequest request;
    std::deque<Ready> ready;
    std::size_t under_way = 0;
  };

  explicit Shelf(const Clock& given) : clock(given) {}

  static bool same(const MintRequest& a, const MintRequest& b) {
    return a.amount == b.amount && a.expiry == b.expiry && a.description == b.description;
  }
  /// The kind of this request, now the one asked for last; the lock is held.
  Kind& kind_of(const MintRequest& request) {
    const auto found = std::find_if(kinds.begin(), kinds.end(),
                                    [&](const Kind& kind) { return same(kind.request, request); });
    if (found != kinds.end()) {
      kinds.splice(kinds.begin(), kinds, found);
      return kinds.front();
    }
    if (kinds.size() >= kKindsMax) kinds.pop_back();
    kinds.push_front({request, {}, 0});
    return kinds.front();
  }
  void drop_old(Kind& kind) const {
    const Time now = clock.now();
    std::erase_if(kind.ready, [now](const Ready& entry) { return entry.good_until <= now; });
  }
  std::optional<MintedInvoice> take(const MintRequest& request) {
    const std::lock_guard lock(mutex);
    Kind& kind = kind_of(request);
    drop_old(kind);
    if (kind.ready.empty()) return std::nullopt;
    MintedInvoice invoice = std::move(kind.ready.front().invoice);
    kind.ready.pop_front();
    return invoice;
  }
  /// Whether one more is to be minted; counts it as under way.
  bool begin(const MintRequest& request, std::size_t wanted) {
    const std::lock_guard lock(mutex);
    Kind& kind = kind_of(request);
    drop_old(kind);
    if (kind.ready.size() + kind.under_way >= wanted) return false;
    ++kind.under_way;
    return true;
  }
  void end(const MintRequest& request, MintAnswer minted) {
    const std::lock_guard lock(mutex);
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const Kind& each) { return same(each.request, request); });
    if (kind == kinds.end()) return;  // it left meanwhile: nobody gets this one
    if (kind->under_way > 0) --kind->under_way;
    if (!minted || kind->ready.size() >= kEachMax) return;
    kind->ready.push_back({std::move(*minted), clock.now() + request.expiry / 4});
  }

  /// False where enough is queued.
  bool queue(const MintRequest& request) {
    const std::lock_guard lock(mutex);
    if (queued.size() >= kKindsMax) return false;
    queued.push_back(request);
    return true;
  }
  /// The next to be prepared, counted as under way; nothing while enough are.
  std::optional<MintRequest> next_queued() {
    while (true) {
      std::optional<MintRequest> request;
      {
        const std::lock_guard lock(mutex);
        if (queued.empty() || preparing >= kPreparedAtOnce) return std::nullopt;
        request = std::move(queued.front());
        queued.pop_front();
      }
      if (!begin(*request, 1)) continue;
      const std::lock_guard lock(mutex);
      ++preparing;
      return request;
    }
  }
  void end_queued(bool well) {
    const std::lock_guard lock(mutex);
    --preparing;
    if (!well) queued.clear();
  }

  const Clock& clock;
  mutable std::mutex mutex;
  std::deque<MintRequest> queued;  ///< to be prepared at the start
  std::size_t preparing = 0;
  std::list<Kind> kinds;  ///< the one asked for last in front
};

MintedAhead::MintedAhead(Wallet& wallet, const Clock& clock)
    : wallet_(wallet), shelf_(std::make_shared<Shelf>(clock)) {}

MintedAhead::~MintedAhead() = default;

void MintedAhead::mint(const MintRequest& request, Minted answer) {
  // What commits to one request is good for nobody else.
  if (request.description_hash) return wallet_.mint(request, std::move(answer));
  // While the wallet is down nobody is sent an invoice whose payment could not be seen.
  auto invoice = wallet_.condition().ready ? shelf_->take(request) : std::nullopt;
  if (invoice) {
    answer(std::move(*invoice));
  } else {
    wallet_.mint(request, std::move(answer));
  }
  fill(request);
}

void MintedAhead::prepare(const MintRequest& request) {
  if (shelf_->queue(request)) prepare_next(wallet_, shelf_);
}

void MintedAhead::prepare_next(Wallet& wallet, const std::shared_ptr<Shelf>& shelf) {
  const auto request = shelf->next_queued();
  if (!request) return;
  wallet.mint(*request, [&wallet, shelf, request = *request](MintAnswer minted) {
    const bool well = minted.has_value();
    shelf->end(request, std::move(minted));
    shelf->end_queued(well);
    prepare_next(wallet, shelf);
  });
}

/// A wallet that is not well has better things to do.
void MintedAhead::fill(const MintRequest& request) {
  for (std::size_t i = 0; i < kEachMax; ++i) {
    if (!wallet_.condition().ready || !shelf_->begin(request, kEachMax)) return;
    wallet_.mint(request, [shelf = shelf_, request](MintAnswer minted) {
      shelf->end(request, std::move(minted));
    });
  }
}

std::size_t MintedAhead::ready() const {
  const std::lock_guard lock(shelf_->mutex);
  std::size_t count = 0;
  for (const Shelf::Kind& kind : shelf_->kinds) count += kind.ready.size();
  return count;
}

}  // namespace tollhouse::lightning
