// cli: `bench`.
#include "cli/bench.h"

#include <algorithm>
#include <vector>

#include "base/format.h"
#include "base/invariant.h"
#include "base/random.h"
#include "client/solver.h"
#include "crypto/sha256.h"
#include "json/writer.h"
#include "pow/verify.h"

namespace tollhouse::cli {
namespace {

constexpr unsigned kUnreachableBits = 256;

struct Figure {
  std::string name;
  double value;
  std::string_view unit;
};

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

/// How often `work` runs in a second, its `each` counting for so many.
template <class Run>
double per_second(const Clock& clock, Duration longest, double each, Run run) {
  const Tick begun = clock.tick();
  double done = 0;
  Duration passed{};
  do {
    run();
    done += each;
    passed = clock.tick() - begun;
  } while (passed < longest);
  return done / std::max(seconds(passed), 1e-9);
}

double on_one_core(pow::Kernel kernel, const Clock& clock, Duration each) {
  pow::Search search(std::string(pow::kChallengeCharacters, 'c'), kUnreachableBits);
  return per_second(clock, each, pow::kBatch, [&] { search.step(kernel); });
}

/// For `each` or, on a machine that is busy with something else, until there is a figure.
double on_all_cores(const Clock& clock, Duration each) {
  client::Work work;
  work.prefixes.emplace_back(pow::kChallengeCharacters, 'c');
  work.bits = kUnreachableBits;
  client::SolverOptions options;
  options.bits_max = kUnreachableBits;
  double rate = 0;
  for (Duration longest = each; rate == 0; longest *= 2) {
    options.time_max = longest;
    const auto none = client::solve(work, options, clock, [&](const client::SolverProgress& now) {
      rate = static_cast<double>(now.hashes) / std::max(seconds(now.passed), 1e-9);
    });
    invariant(!none);
  }
  return rate;
}

/// A challenge and a nonce hashed as one message of 80 bytes, nothing kept from hash to hash.
double by_the_library(const Clock& clock, Duration each) {
  constexpr int kHashes = 1000;
  std::string message(pow::kChallengeCharacters + 16, 'c');
  return per_second(clock, each, kHashes, [&] {
    for (int i = 0; i < kHashes; ++i) {
      const Digest hash = crypto::sha256(bytes_of(message));
      message.back() = static_cast<char>(hash.bytes[0]);
    }
  });
}

std::vector<Figure> solver_figures(Duration each) {
  const SystemClock clock;
  std::vector<Figure> figures;
  for (const pow::Kernel kernel : pow::kKernels) {
    if (!pow::runs_here(kernel)) continue;
    const double rate = on_one_core(kernel, clock, each);
    figures.push_back({fmt::format("one core, {}", pow::name_of(kernel)), rate, "H/s"});
  }
  figures.push_back({"all cores, the quickest", on_all_cores(clock, each), "H/s"});
  figures.push_back({"one core, the library hash by hash", by_the_library(clock, each), "H/s"});
  return figures;
}

/// A gate's key ring and one solution that it takes.
struct Gate {
  pow::Keys keys;
  pow::Target target;
  Time now = SystemClock().now();
  std::string good;

  Gate() {
    SystemRandom random;
    std::array<std::uint8_t, pow::kMasterKeyBytesMin> master{};
    random.fill(master);
    keys.add(1, master);
    pow::Terms terms;
    terms.bits = 8;
    terms.ttl = std::chrono::seconds(60);
    terms.binding.client = "ip:203.0.113.7/32";
    terms.binding.route = "tools/call:search";
    target.bits_min = terms.bits;
    target.binding = terms.binding;
    const pow::Issued issued = pow::issue(terms, keys, now, random);
    const auto found = pow::search(issued.text, terms.bits, pow::Kernel::scalar, 1'000'000);
    invariant(found);
    good = pow::solution_value({issued.text, found->nonce});
  }
  /// The same with one letter of its MAC turned.
  std::string junk() const {
    std::string header = good;
    char& turned = header[good.find(',') - 2];
    turned = turned == 'A' ? 'B' : 'A';
    return header;
  }
  bool takes(const std::string& header) const {
    const auto solution = pow::read_solution(header);
    return solution && pow::verify(*solution, keys, target, now);
  }
};

std::vector<Figure> verifier_figures(Duration each) {
  constexpr int kCalls = 1000;
  const SystemClock clock;
  const Gate gate;
  const auto nanoseconds = [&](const std::string& header, bool taken) {
    const double rate = per_second(clock, each, kCalls, [&] {
      for (int i = 0; i < kCalls; ++i) invariant(gate.takes(header) == taken);
    });
    return 1e9 / rate;
  };
  return {{"a junk solution, refused", nanoseconds(gate.junk(), false), "ns"},
          {"a good solution, without the books", nanoseconds(gate.good, true), "ns"},
          {"one hash of 80 bytes by the library", 1e9 / by_the_library(clock, each), "ns"}};
}

std::string value_text(const Figure& figure) {
  if (figure.unit == "H/s") return fmt::format("{:.1f} MH/s", figure.value / 1e6);
  return fmt::format("{:.0f} ns", figure.value);
}

void print(const std::vector<Figure>& figures, const BenchOptions& options,
           const Terminal& terminal) {
  if (!options.json) {
    for (const Figure& figure : figures) {
      terminal.line(fmt::format("{:<38}{:>12}", figure.name, value_text(figure)));
    }
    return;
  }
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("bench", options.what).name("figures").begin_array();
  for (const Figure& figure : figures) {
    writer.begin_object()
        .member("name", figure.name)
        .member("value", static_cast<std::uint64_t>(figure.value))
        .member("unit", figure.unit)
        .end_object();
  }
  writer.end_array().end_object();
  terminal.line(text);
}

}  // namespace

int run_bench(const BenchOptions& options, Terminal& terminal) {
  if (options.what == "gate") {
    return terminal.fail({Exit::usage, "not_in_this_build", "bench gate is not part of this build",
                          "tollhouse bench solve"});
  }
  if (options.what != "solve" && options.what != "verify") {
    return terminal.fail({Exit::usage, "wrong_usage",
                          fmt::format("bench knows solve and verify, not {}", options.what),
                          "tollhouse bench --help"});
  }
  const bool solve = options.what == "solve";
  print(solve ? solver_figures(options.each) : verifier_figures(options.each), options, terminal);
  return exit_with(Exit::done);
}

}  // namespace tollhouse::cli
