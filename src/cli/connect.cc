// cli: `connect`. Three threads: one reads lines, one asks the gate, this one waits for signals.
// Standard output has protocol only.
#include "cli/connect.h"

#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "base/format.h"
#include "cli/caller.h"
#include "cli/connect_desk.h"
#include "cli/kept_credential.h"
#include "cli/stdio_lines.h"
#include "cli/version.h"
#include "client/bridge.h"
#include "io/signals.h"

namespace tollhouse::cli {
namespace {

/// What is asked when a signal comes has so long to be answered (mcp-gateway.md 9.2).
constexpr Duration kLastAnswer = std::chrono::seconds(2);
constexpr Duration kSignalLook = std::chrono::milliseconds(100);
constexpr Duration kEndLook = std::chrono::milliseconds(20);
constexpr int kTooManyWait = 503;

client::Trouble usage(std::string code, std::string message) {
  return {client::TroubleKind::usage, std::move(code), std::move(message), ""};
}

/// What happens to money, for people: on standard error.
class MoneyNotes final : public client::BridgeNews {
 public:
  explicit MoneyNotes(const Terminal& terminal) : terminal_(terminal) {}

  void spent(const client::Paid& paid, const client::Budget::State& budget) override {
    terminal_.note(fmt::format("spent {} for this call, {} of {} in all", to_text(paid.price),
                               to_text(budget.spent), to_text(budget.total)));
  }
  void unredeemed(const client::Unredeemed& credential) override {
    terminal_.note(fmt::format("{} paid and not used up: {}", to_text(credential.price),
                               keep_credential(credential, terminal_.environment())));
  }
  void refused(const client::Trouble& trouble) override {
    terminal_.note(fmt::format("not answered: {} [{}]", trouble.message, trouble.code));
  }

 private:
  const Terminal& terminal_;
};

std::string total_of(const client::Budget::State& state) {
  return fmt::format("spent {} of {} in {} payment{}", to_text(state.spent), to_text(state.total),
                     state.payments, state.payments == 1 ? "" : "s");
}

/// Between the client's pipes and the bridge.
class Connection {
 public:
  Connection(client::Bridge& bridge, int input, int output)
      : bridge_(bridge), reader_(input), writer_(output) {}

  /// Until standard input ends.
  void read() {
    std::string line;
    while (true) {
      switch (reader_.next(line)) {
        case LineReader::Got::end:
          return desk_.close();
        case LineReader::Got::too_long:
          say(dialogue::error_message("null", -32700, "the line is too long", ""));
          break;
        case LineReader::Got::line:
          if (!line.empty()) take(line);
          break;
      }
    }
  }

  /// Until no more will come.
  void answer() {
    while (const auto request = desk_.take()) {
      const std::string message = bridge_.answer(*request);
      if (desk_.done()) say(message);
    }
  }

  void stop() {
    desk_.stop();
    reader_.stop();
  }
  bool finished() const { return desk_.finished(); }

 private:
  void take(std::string_view line) {
    auto message = dialogue::read_desktop_line(line);
    if (!message) {
      const bool parse = message.error().code == -32700;
      return say(dialogue::error_message(message.error().id, message.error().code,
                                         parse ? "Parse error" : "Invalid Request", ""));
    }
    if (message->kind == mcp::MessageKind::notification) {
      if (!message->cancels_id.empty()) desk_.cancel(message->cancels_id);
      return;
    }
    if (message->kind == mcp::MessageKind::response) return;  // nothing was asked
    if (mcp::method_of(message->method) == mcp::Method::ping) return say(client::pong(*message));
    const std::string id = message->id;
    if (!desk_.put(std::move(*message))) {
      say(dialogue::error_message(id, kTooManyWait, "too many requests wait", ""));
    }
  }

  /// A client that does not read any more is gone.
  void say(std::string_view message) {
    if (!writer_.write(message)) stop();
  }

  client::Bridge& bridge_;
  ConnectDesk desk_;
  LineReader reader_;
  LineWriter writer_;
};

/// True where all is done, false where a signal has come.
bool wait_until_done(const Connection& connection) {
  while (!connection.finished()) {
    if (io::wait_for_signal(kSignalLook)) return false;
  }
  return true;
}

/// Whether the last answer came in time; a second signal does not wait.
bool wait_for_last_answer(const Connection& connection, const Clock& clock) {
  const Tick end = clock.tick() + kLastAnswer;
  while (!connection.finished() && clock.tick() < end) {
    if (io::wait_for_signal(kEndLook)) break;
  }
  return connection.finished();
}

int serve(client::Bridge& bridge, const client::Budget& budget, const Clock& clock,
          const Terminal& terminal) {
  Connection connection(bridge, STDIN_FILENO, STDOUT_FILENO);
  std::thread reads([&connection] { connection.read(); });
  std::thread answers([&connection] { connection.answer(); });
  const bool by_itself = wait_until_done(connection);
  connection.stop();
  if (!by_itself && !wait_for_last_answer(connection, clock)) {
    terminal.note(
        "stopped while a call was under way; what the wallet has paid, it has the "
        "preimage of");
    terminal.note(total_of(budget.state()));
    // The thread that asks cannot be called back: nothing of it may be taken down under it.
    std::_Exit(exit_with(Exit::done));
  }
  reads.join();
  answers.join();
  if (by_itself) bridge.goodbye();
  terminal.note(total_of(budget.state()));
  return exit_with(Exit::done);
}

/// Everything that can be wrong before anything is asked.
Result<client::Settings, client::Trouble> settings_of(const ConnectOptions& options) {
  client::Settings settings;
  auto url = caller_url(options.url);
  if (!url) return refuse(std::move(url.error()));
  const auto limit = Msat::of_sat(options.sats_max);
  if (!limit) return refuse(usage("bad_limit", "--max-sats is more than all bitcoin"));
  settings.gate = std::move(*url);
  settings.limit = *limit;
  settings.solver.bits_max = static_cast<unsigned>(options.bits_max);
  settings.speaker.version = version();
  return settings;
}

}  // namespace

int run_connect(const ConnectOptions& options, Terminal& terminal) {
  auto settings = settings_of(options);
  if (!settings) return tell(settings.error(), terminal);
  const auto total = Msat::of_sat(options.budget_sats);
  if (!total) return tell(usage("bad_limit", "--budget is more than all bitcoin"), terminal);
  io::block_signals();  // before any thread is there
  CallerMeans means(terminal, options.verbose);
  auto wallet = client::wallet_named(wallet_name(options.wallet, terminal), wallet_key(terminal),
                                     settings->gate, means.errands(), means.witness());
  if (!wallet) return tell(wallet.error(), terminal);
  client::Budget budget(*total);
  const client::TokenCache tokens(state_folder(terminal.environment(), "tokens"));
  FileKeeper keeper(terminal.environment());
  settings->purse = {&tokens, &budget, &keeper};
  const dialogue::Speaker speaker = settings->speaker;
  client::Client client(means.surroundings(), std::move(*settings), std::move(*wallet));
  MoneyNotes notes(terminal);
  client::Bridge bridge(client, budget, speaker, notes);
  return serve(bridge, budget, means.clock(), terminal);
}

}  // namespace tollhouse::cli
