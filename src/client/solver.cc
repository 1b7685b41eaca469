// client: threads that look for nonces. No barrier: whoever has solved one sub-puzzle goes on with
// the next that is open, and shares of one never meet.
#include "client/solver.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "client/limits.h"

namespace tollhouse::client {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

Duration duration_of(double seconds) {
  constexpr double kLongest = 9e9;  // what nanoseconds in 64 bits hold
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(std::clamp(seconds, 0.0, kLongest)));
}

/// That at least `wanted` of hits as frequent as `mean` have come (Poisson).
double chance_of(double mean, std::size_t wanted) {
  double term = std::exp(-mean), missed = 0;
  for (std::size_t i = 0; i < wanted; ++i) {
    missed += term;
    term *= mean / static_cast<double>(i + 1);
  }
  return std::clamp(1 - missed, 0.0, 1.0);
}

/// What the threads share. Open sub-puzzles change under the mutex; hashes and the end are looked
/// at after each batch.
class Team {
 public:
  Team(const Work& work, pow::Kernel kernel, unsigned threads)
      : work_(work),
        kernel_(kernel),
        threads_(threads),
        done_(work.prefixes.size()),
        found_(work.prefixes.size()),
        open_(work.prefixes.size()),
        at_work_(threads) {}

  /// One thread's life.
  void run(unsigned me) {
    for (auto index = next(me); index; index = next(me)) {
      if (!work_on(*index, me)) break;
    }
    const std::lock_guard lock(mutex_);
    --at_work_;
    changed_.notify_all();
  }

  /// True once all is solved or nobody works any more; false after `longest`.
  bool wait(Duration longest) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, longest, [this] { return open_ == 0 || at_work_ == 0; });
  }
  void stop() { stopped_ = true; }

  std::uint64_t hashes() const { return hashes_; }
  std::size_t solved() {
    const std::lock_guard lock(mutex_);
    return found_.size() - open_;
  }
  /// All threads have ended.
  std::optional<std::vector<pow::Found>> take() {
    if (open_ != 0) return std::nullopt;
    std::vector<pow::Found> all;
    all.reserve(found_.size());
    for (auto& found : found_) all.push_back(std::move(*found));
    return all;
  }

 private:
  /// The first open sub-puzzle behind this thread's own part.
  std::optional<std::size_t> next(unsigned me) {
    const std::size_t count = done_.size();
    const std::size_t first = count * me / threads_;
    for (std::size_t i = 0; i < count && !stopped_; ++i) {
      const std::size_t index = (first + i) % count;
      if (!done_[index]) return index;
    }
    return std::nullopt;
  }

  /// False where this thread's share holds no solution.
  bool work_on(std::size_t index, unsigned me) {
    pow::Search search(work_.prefixes[index], work_.bits, me, threads_, work_.digits_max);
    std::uint64_t counted = 0;
    while (!stopped_ && !done_[index]) {
      auto found = search.step(kernel_);
      hashes_ += search.tried() - counted;
      counted = search.tried();
      if (found) put(index, std::move(*found));
      if (search.exhausted()) return false;
    }
    return true;
  }

  void put(std::size_t index, pow::Found found) {
    const std::lock_guard lock(mutex_);
    if (found_[index]) return;  // another thread was first
    found_[index] = std::move(found);
    done_[index] = true;
    --open_;
    changed_.notify_all();
  }

  const Work& work_;
  const pow::Kernel kernel_;
  const unsigned threads_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::uint64_t> hashes_ = 0;
  std::vector<std::atomic<bool>> done_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::optional<pow::Found>> found_;
  std::size_t open_;
  unsigned at_work_;
};

SolverProgress progress_of(const Work& work, std::uint64_t hashes, std::size_t solved,
                           Duration passed) {
  const double each = std::exp2(work.bits);
  const double tried = static_cast<double>(hashes);
  SolverProgress progress{hashes, passed, static_cast<unsigned>(solved), 0, {}};
  progress.chance = chance_of(tried / each, work.prefixes.size());
  const auto open = static_cast<double>(work.prefixes.size() - solved);
  if (hashes != 0) progress.rest = duration_of(open * each / tried * seconds(passed));
  return progress;
}

unsigned threads_of(const SolverOptions& options) {
  const unsigned wanted =
      options.threads != 0 ? options.threads : std::thread::hardware_concurrency();
  return std::clamp(wanted, 1U, kSolverThreadsMax);
}

/// Batches a kernel does in the time of a trial.
unsigned batches_in_trial(pow::Kernel kernel, const Clock& clock) {
  pow::Search search(std::string(64, 'p'), 256);
  const Tick until = clock.tick() + kSolverTrial;
  unsigned batches = 0;
  do {
    search.step(kernel);
    ++batches;
  } while (clock.tick() < until && batches < kSolverTrialBatchesMax);
  return batches;
}

}  // namespace

Work Work::of(const pow::Puzzle& puzzle) {
  Work work;
  work.bits = puzzle.bits;
  for (unsigned i = 0; i < puzzle.count; ++i) work.prefixes.push_back(puzzle.prefix(i));
  return work;
}

Work Work::of_liveauth(const std::string& public_key, const std::string& challenge_hex,
                       unsigned bits) {
  Work work;
  work.bits = bits;
  work.prefixes.push_back(public_key + ":" + challenge_hex + ":");
  work.digits_max = pow::Search::kNumberDigitsMax;
  return work;
}

double Work::hashes() const {
  return static_cast<double>(prefixes.size()) * std::exp2(static_cast<double>(bits));
}

std::string Solved::nonces() const {
  std::string nonces;
  for (const pow::Found& one : found) {
    if (!nonces.empty()) nonces += '.';
    nonces += one.nonce;
  }
  return nonces;
}

pow::Kernel fastest_kernel(const Clock& clock) {
  pow::Kernel best = pow::Kernel::scalar;
  unsigned most = 0;
  for (const pow::Kernel kernel : pow::kKernels) {
    if (!pow::runs_here(kernel)) continue;
    const unsigned batches = batches_in_trial(kernel, clock);
    if (batches < most) continue;
    most = batches;
    best = kernel;
  }
  return best;
}

Result<Solved, SolverTrouble> solve(const Work& work, const SolverOptions& options,
                                    const Clock& clock,
                                    const std::function<void(const SolverProgress&)>& watch) {
  if (work.hashes() > std::exp2(options.bits_max)) return refuse(SolverTrouble::too_hard);
  const Tick begun = clock.tick();
  const unsigned threads = threads_of(options);
  Team team(work, fastest_kernel(clock), threads);
  bool late = false;
  {
    std::vector<std::jthread> workers;
    workers.reserve(threads);
    for (unsigned i = 0; i < threads; ++i) workers.emplace_back([&team, i] { team.run(i); });
    while (!team.wait(kSolverWatch)) {
      const Duration passed = clock.tick() - begun;
      if (watch) watch(progress_of(work, team.hashes(), team.solved(), passed));
      late = options.time_max && passed >= *options.time_max;
      if (late) break;
    }
    team.stop();
  }
  auto found = team.take();
  if (!found) return refuse(late ? SolverTrouble::out_of_time : SolverTrouble::exhausted);
  return Solved{std::move(*found), team.hashes(), clock.tick() - begun};
}

}  // namespace tollhouse::client
