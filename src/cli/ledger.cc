// cli: `ledger`.
#include "cli/ledger.h"

#include <filesystem>

#include "base/format.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "cli/progress.h"
#include "config/fill.h"
#include "config/secrets.h"
#include "json/writer.h"
#include "ledger/receipt_check.h"
#include "store/reports.h"
#include "store/revocations.h"

namespace tollhouse::cli {
namespace {

Exit exit_of(ledger::Fault fault) {
  switch (fault) {
    case ledger::Fault::damaged:
      return Exit::no;
    case ledger::Fault::newer_schema:
    case ledger::Fault::locked:
      return Exit::cannot_start;
    default:
      return Exit::unreachable;
  }
}

int fail(ledger::Fault fault, const std::filesystem::path& data_dir, const Terminal& terminal) {
  const ledger::FaultRow& row = ledger::row_of(fault);
  std::string cure;
  if (fault == ledger::Fault::unreachable)
    cure = "name the configuration with -c, or set TOLLHOUSE_DATA_DIR";
  if (fault == ledger::Fault::unsafe_mode) cure = fmt::format("chmod 700 {}", data_dir.string());
  if (fault == ledger::Fault::newer_schema) cure = "use the version of tollhouse that wrote them";
  return terminal.fail({exit_of(fault), std::string(row.token),
                        fmt::format("{} ({})", row.said_to_operator, data_dir.string()), cure});
}

/// The key that signed the receipts, where it can be had: configured, or the gate's own in
/// data_dir. Without it `check` looks for presence only, and says so.
ledger::ReceiptCheck receipt_check(const config::BooksPlace& place, const Terminal& terminal) {
  Secret key = place.receipts.hmac_key;
  if (key.empty()) {
    const auto text = config::read_value_file(place.data_dir / "receipt.key", true, false);
    const auto bytes = text ? bytes_from_hex(*text) : std::nullopt;
    if (bytes) key = Secret(*bytes);
  }
  if (key.empty()) {
    terminal.note("warning: no receipt key at hand; receipts are looked for, not verified");
    return {};
  }
  std::vector<receipt::Key> keys;
  keys.emplace_back(key.reveal(), place.receipts.key_id);
  const auto retired = config::retired_receipt_keys(place.data_dir);
  if (!retired) terminal.note(fmt::format("warning: {}", retired.error()));
  for (const Secret& old : retired.value_or(std::vector<Secret>{})) {
    keys.emplace_back(old.reveal(), place.receipts.key_id);
  }
  for (const config::RetiredReceiptKey& old : place.receipts.previous) {
    keys.emplace_back(old.hmac_key.reveal(), old.key_id);
  }
  return ledger::receipt_check(std::move(keys));
}

class LedgerCommand {
 public:
  LedgerCommand(const LedgerOptions& options, const config::BooksPlace& place,
                const store::Reports& books, const Terminal& terminal)
      : options_(options), place_(place), books_(books), terminal_(terminal) {}

  int check() const {
    const auto report = audit();
    if (!report) return fail(report.error(), place_.data_dir, terminal_);
    if (options_.json) {
      terminal_.line(ledger::to_json(*report));
    } else {
      print(*report);
    }
    return exit_with(report->ok() ? Exit::done : Exit::no);
  }

  int export_all() const {
    const Time since = time_from_rfc3339(options_.since.value_or("")).value_or(Time::min());
    const bool shown = terminal_.out_is_terminal();  // the lines themselves are progress enough
    Progress progress("charges", clock_, terminal_);
    const auto done = books_.each_charge(since, [&](const ledger::Charge& charge) {
      terminal_.line(store::export_line(charge));
      if (!shown) progress.step();
    });
    return done ? exit_with(Exit::done) : fail(done.error(), place_.data_dir, terminal_);
  }

  int show() const {
    const auto hash = value_from_hex<PaymentHash>(*options_.argument);
    const auto charges = books_.show(*hash);
    if (!charges) return fail(charges.error(), place_.data_dir, terminal_);
    if (charges->empty()) {
      return terminal_.fail({Exit::no, "not_found", "no charge has this payment hash",
                             "an invoice that was not used is not in the books"});
    }
    for (const ledger::Charge& charge : *charges) {
      if (options_.json) terminal_.line(store::export_line(charge));
      if (!options_.json) print(charge);
    }
    return exit_with(Exit::done);
  }

  int backup() const {
    std::error_code error;
    if (std::filesystem::exists(*options_.argument, error)) {
      return terminal_.fail({Exit::no, "exists",
                             fmt::format("{} exists already and is left alone", *options_.argument),
                             "name another file"});
    }
    const auto done = books_.backup(*options_.argument);
    if (!done) return fail(done.error(), place_.data_dir, terminal_);
    if (options_.json) {
      std::string text;
      json::Writer(text)
          .begin_object()
          .member("ok", true)
          .member("file", *options_.argument)
          .end_object();
      terminal_.line(text);
    } else {
      terminal_.line(fmt::format("wrote {} (mode 0600)", *options_.argument));
    }
    return exit_with(Exit::done);
  }

 private:
  Result<ledger::AuditReport, ledger::Fault> audit() const {
    ledger::ReceiptCheck verify = receipt_check(place_, terminal_);
    if (!verify) return books_.check({});
    Progress progress("receipts", clock_, terminal_);
    return books_.check([&](const ledger::Charge& charge) {
      progress.step();
      return verify(charge);
    });
  }

  void print(const ledger::AuditReport& report) const {
    terminal_.line(report.ok() ? terminal_.styled(Style::good, "the books hold")
                               : terminal_.styled(Style::bad, "the books do not hold"));
    terminal_.line(fmt::format("  charges   {}", report.charges));
    terminal_.line(fmt::format("  receipts  {}", report.receipts));
    terminal_.line(fmt::format("  gross     {} msat", report.gross_msat));
    terminal_.line(fmt::format("  holds     {}", report.holds));
    for (const ledger::Violation& violation : report.violations) {
      terminal_.line(fmt::format("  invariant {} {}: {}", violation.invariant, violation.token,
                                 printable(violation.detail, 256)));
    }
  }

  void print(const ledger::Charge& charge) const {
    terminal_.line(fmt::format("{}  {}  {}  {}  {}", rfc3339(charge.created, 0),
                               ledger::to_text(charge.status), printable(charge.tool_slug),
                               to_text(charge.gross), ledger::to_text(charge.rail)));
    terminal_.line(fmt::format("  id {}  use {}  outcome {}{}", ledger::to_text(charge.id),
                               charge.use_no, ledger::to_text(charge.outcome),
                               charge.delivered ? "  delivered" : ""));
    terminal_.line(fmt::format("  receipt {}", printable(charge.receipt_id)));
  }

  const LedgerOptions& options_;
  const config::BooksPlace& place_;
  const store::Reports& books_;
  const Terminal& terminal_;
  SystemClock clock_;
};

/// Takes a payment back. Works beside a running gate, which sees it at once, and before the first.
int revoke(const LedgerOptions& options, const std::filesystem::path& data_dir,
           const Terminal& terminal) {
  const auto hash = value_from_hex<PaymentHash>(*options.argument);
  const auto done = store::revoke(data_dir, *hash);
  if (!done) return fail(done.error(), data_dir, terminal);
  const std::string digits = hex(hash->view());
  if (options.json) {
    std::string text;
    json::Writer(text)
        .begin_object()
        .member("ok", true)
        .member("paymentHash", digits)
        .member("added", *done)
        .end_object();
    terminal.line(text);
  } else {
    terminal.line(*done ? fmt::format("revoked {}", digits)
                        : fmt::format("{} was revoked before", digits));
  }
  return exit_with(Exit::done);
}

bool known_action(const std::string& action) {
  return action == "check" || action == "export" || action == "show" || action == "backup" ||
         action == "revoke";
}

int refuse_action(const std::string& action, const Terminal& terminal) {
  for (const std::string_view lacking : {"revenue", "sessions", "restore", "recover"}) {
    if (action != lacking) continue;
    return terminal.fail({Exit::usage, "not_in_this_build",
                          fmt::format("ledger {} is not part of this build", action),
                          "here: ledger check, export, show, backup, revoke"});
  }
  constexpr std::string_view kActions[] = {"check", "export", "show", "backup", "revoke"};
  const auto nearest = config::nearest_name(action, kActions);
  return terminal.fail(
      {Exit::usage, "wrong_usage", fmt::format("ledger knows no {}", printable(action)),
       nearest ? fmt::format("did you mean ledger {}?", *nearest)
               : std::string("ledger check, export, show HASH, backup FILE or revoke HASH")});
}

/// What the action needs is looked at before any book is opened; nothing where all is there.
std::optional<Failure> wrong_arguments(const LedgerOptions& options) {
  const std::string argument = options.argument.value_or("");
  if (options.action == "show" && !value_from_hex<PaymentHash>(argument)) {
    return Failure{Exit::usage, "wrong_usage", "ledger show wants a payment hash",
                   "64 hex digits; tollhouse inspect INVOICE shows it"};
  }
  if (options.action == "revoke" && !value_from_hex<PaymentHash>(argument)) {
    return Failure{Exit::usage, "wrong_usage", "ledger revoke wants a payment hash",
                   "64 hex digits; sessions and API keys are not part of this build"};
  }
  if (options.action == "backup" && argument.empty()) {
    return Failure{Exit::usage, "wrong_usage", "ledger backup wants a file",
                   "tollhouse ledger backup books.db"};
  }
  if (options.since && !time_from_rfc3339(*options.since)) {
    return Failure{Exit::usage, "wrong_usage", "--since wants a time",
                   "e.g. --since 2026-01-01T00:00:00Z"};
  }
  return std::nullopt;
}

}  // namespace

int run_ledger(const LedgerOptions& options, Terminal& terminal) {
  if (!known_action(options.action)) return refuse_action(options.action, terminal);
  if (const auto failure = wrong_arguments(options)) return terminal.fail(*failure);
  const auto place = config::load_books_place(request_of(options.configuration, terminal));
  if (!place) return tell(place.error(), terminal);
  if (options.action == "revoke") return revoke(options, place->data_dir, terminal);
  const auto books = store::Reports::open(place->data_dir);
  if (!books) return fail(books.error(), place->data_dir, terminal);
  const LedgerCommand command(options, *place, **books, terminal);
  if (options.action == "check") return command.check();
  if (options.action == "export") return command.export_all();
  if (options.action == "show") return command.show();
  return command.backup();
}

}  // namespace tollhouse::cli
