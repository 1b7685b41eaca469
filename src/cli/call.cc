// cli: `call`, one tool call through a gate, paid for when the gate asks (surface.md 1 and 5).
#include "cli/call.h"

#include "base/format.h"
#include "base/hex.h"
#include "cli/caller.h"
#include "cli/kept_credential.h"
#include "cli/qr.h"
#include "cli/version.h"
#include "dialogue/arguments.h"
#include "dialogue/shown.h"
#include "json/writer.h"

namespace tollhouse::cli {
namespace {

client::Trouble usage(std::string code, std::string message, std::string cure) {
  return {client::TroubleKind::usage, std::move(code), std::move(message), std::move(cure)};
}

client::Trouble bad_argument(const dialogue::ArgumentFault& fault) {
  const auto& row = row_of(dialogue::kReasons, fault.reason);
  return usage(std::string(row.token),
               fmt::format("{} ({})", row.said_to_caller, dialogue::for_terminal(fault.word)),
               "key=text, key:=json, or one JSON object");
}

/// What the word means; nothing for one that is not known, in it nothing for `auto` and `pow`.
std::optional<std::optional<dialogue::Rail>> rail_of(std::string_view word) {
  if (word == "auto" || word == "pow") return std::optional<dialogue::Rail>();
  for (const dialogue::Rail rail :
       {dialogue::Rail::l402, dialogue::Rail::x402, dialogue::Rail::mpp}) {
    if (to_text(rail) == word) return std::optional(rail);
  }
  return std::nullopt;
}

/// A rail by name is for money alone; work is done beside it where the gate wants that.
client::WorkUse work_of(std::string_view rail) {
  if (rail == "pow") return client::WorkUse::only;
  return rail == "auto" ? client::WorkUse::instead : client::WorkUse::beside;
}

/// Everything that can be wrong before anything is sent.
struct Order {
  client::Settings settings;
  std::string arguments;
};

Result<Order, client::Trouble> order_of(const CallOptions& options, const Terminal& terminal) {
  Order order;
  auto url = caller_url(options.url);
  if (!url) return refuse(std::move(url.error()));
  order.settings.gate = std::move(*url);
  const auto rail = rail_of(options.rail);
  if (!rail) {
    return refuse(usage(
        "rail_not_in_build",
        fmt::format("--rail {} is not part of this build", dialogue::for_terminal(options.rail)),
        "use auto, l402, x402, mpp or pow"));
  }
  order.settings.rail = *rail;
  order.settings.work = work_of(options.rail);
  order.settings.solver.bits_max = static_cast<unsigned>(options.bits_max);
  const auto limit = Msat::of_sat(options.sats_max);
  if (!limit) return refuse(usage("bad_limit", "--max-sats is more than all bitcoin", ""));
  order.settings.limit = *limit;
  auto arguments = dialogue::arguments_of(options.arguments);
  if (!arguments) return refuse(bad_argument(arguments.error()));
  order.arguments = std::move(*arguments);
  auto credential = shown_credential(terminal);
  if (!credential) return refuse(std::move(credential.error()));
  order.settings.credential = std::move(*credential);
  order.settings.pay = !options.dry_run;
  order.settings.speaker.version = version();
  return order;
}

void write_offer(json::Writer& writer, const dialogue::Offer& offer, Msat limit) {
  writer.name("offer").begin_object().member("rail", to_text(offer.rail));
  writer.member("priceMsat", offer.price.count());
  writer.member("paymentHash", hex(offer.invoice.payment_hash.view()));
  writer.member("network", bolt::to_text(offer.invoice.network));
  writer.member("payee", hex(offer.invoice.payee.bytes));
  writer.member("expiresAt", rfc3339(bolt::expires_at(offer.invoice), 0));
  writer.member("withinLimit", offer.price <= limit);
  writer.member("invoice", offer.invoice_text).end_object();
}

void write_work(json::Writer& writer, const dialogue::WorkAsked& work) {
  writer.name("work").begin_object().member("bits", std::uint64_t{work.puzzle.bits});
  writer.member("count", std::uint64_t{work.puzzle.count});
  writer.member("besidePrice", work.needed).end_object();
}

std::string offer_json(const client::CallOutcome& outcome, Msat limit) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object();
  if (outcome.offer) write_offer(writer, *outcome.offer, limit);
  if (outcome.work) write_work(writer, *outcome.work);
  writer.end_object();
  return text;
}

std::string work_text(const dialogue::WorkAsked& work) {
  return fmt::format("work          {} bits{}{}", work.puzzle.bits,
                     work.puzzle.count == 1 ? "" : fmt::format(", {} times", work.puzzle.count),
                     work.needed ? ", needed" : ", in place of the price");
}

std::string offer_text(const dialogue::Offer& offer, Msat limit) {
  const std::string_view verdict = offer.price <= limit ? "within" : "above";
  return fmt::format(
      "rail          {}\nprice         {} ({} the limit of {})\n"
      "network       {}\npayment hash  {}\nexpires       {}\ninvoice       {}",
      to_text(offer.rail), to_text(offer.price), verdict, to_text(limit),
      bolt::to_text(offer.invoice.network), hex(offer.invoice.payment_hash.view()),
      rfc3339(bolt::expires_at(offer.invoice), 0), offer.invoice_text);
}

void write_paid(json::Writer& writer, const std::optional<client::Paid>& paid) {
  writer.name("paid");
  if (!paid) {
    writer.null();
    return;
  }
  writer.begin_object().member("rail", to_text(paid->rail));
  writer.member("priceMsat", paid->price.count());
  writer.member("paymentHash", hex(paid->payment_hash.view()));
  writer.member("wallet", paid->wallet).end_object();
}

void write_worked(json::Writer& writer, const std::optional<client::Worked>& worked) {
  if (!worked) return;
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(worked->passed);
  writer.name("worked").begin_object().member("bits", std::uint64_t{worked->bits});
  writer.member("count", std::uint64_t{worked->count}).member("hashes", worked->hashes);
  writer.member("milliseconds", std::int64_t{passed.count()}).end_object();
}

std::string outcome_json(const client::CallOutcome& outcome) {
  const dialogue::Answered& answered = *outcome.answered;
  std::string text;
  json::Writer writer(text);
  writer.begin_object().raw_member("result", answered.result);
  writer.member("isError", answered.is_error);
  write_paid(writer, outcome.paid);
  write_worked(writer, outcome.worked);
  writer.member("reused", outcome.reused);
  writer.raw_member("receipt", answered.receipt.value_or("null")).end_object();
  return text;
}

/// A terminal gets nothing that could steer it; a pipe gets what the tool said.
std::string result_text(const dialogue::Answered& answered, const Terminal& terminal) {
  const std::string text =
      answered.unfinished ? answered.result + "\n" : dialogue::readable_result(answered.result);
  return terminal.out_is_terminal() ? dialogue::for_terminal(text) : text;
}

int show_answer(const client::CallOutcome& outcome, const Terminal& terminal) {
  const dialogue::Answered& answered = *outcome.answered;
  if (terminal.json()) {
    terminal.line(outcome_json(outcome));
  } else {
    terminal.result(result_text(answered, terminal));
    if (outcome.reused) terminal.note("an earlier payment was good for this call too");
    if (answered.receipt) terminal.note("a receipt came with the answer; --json shows it");
    if (answered.unfinished) terminal.note("the tool asks for more before it answers");
  }
  if (outcome.unredeemed) {
    terminal.note(
        fmt::format("the tool failed and no charge was told: the credential may still "
                    "be good; {}",
                    keep_credential(*outcome.unredeemed, terminal.environment())));
  }
  const bool no = answered.is_error || answered.unfinished;
  return exit_with(no ? Exit::no : Exit::done);
}

int show(const client::CallOutcome& outcome, Msat limit, const Terminal& terminal) {
  if (outcome.answered) return show_answer(outcome, terminal);
  if (terminal.json()) {
    terminal.line(offer_json(outcome, limit));
    return exit_with(Exit::done);
  }
  if (outcome.offer) terminal.line(offer_text(*outcome.offer, limit));
  if (outcome.work) terminal.line(work_text(*outcome.work));
  if (outcome.offer) show_qr(outcome.offer->invoice_text, terminal);
  return exit_with(Exit::done);
}

}  // namespace

int run_call(const CallOptions& options, Terminal& terminal) {
  auto order = order_of(options, terminal);
  if (!order) return tell(order.error(), terminal);
  CallerMeans means(terminal, options.verbose);
  auto wallet = client::wallet_named(wallet_name(options.wallet, terminal), wallet_key(terminal),
                                     order->settings.gate, means.errands(), means.witness());
  if (!wallet) return tell(wallet.error(), terminal);
  const Msat limit = order->settings.limit;
  const client::TokenCache tokens(state_folder(terminal.environment(), "tokens"));
  FileKeeper keeper(terminal.environment());
  order->settings.purse = {&tokens, nullptr, &keeper};
  client::Client client(means.surroundings(), std::move(order->settings), std::move(*wallet));
  const auto connected = client.connect();
  if (!connected) return tell(connected.error(), terminal);
  const auto outcome = client.call(options.tool, order->arguments);
  client.goodbye();
  if (!outcome) return tell(outcome.error(), terminal);
  return show(*outcome, limit, terminal);
}

}  // namespace tollhouse::cli
