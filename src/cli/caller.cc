// cli: a caller's means, and its steps and troubles in words.
#include "cli/caller.h"

#include "base/format.h"
#include "base/hex.h"
#include "cli/kept_credential.h"
#include "cli/solver_text.h"
#include "cli/version.h"
#include "config/fill.h"
#include "dialogue/shown.h"

namespace tollhouse::cli {
namespace {

Exit exit_of(client::TroubleKind kind) {
  switch (kind) {
    case client::TroubleKind::usage:
      return Exit::usage;
    case client::TroubleKind::unreachable:
      return Exit::unreachable;
    case client::TroubleKind::refused:
      return Exit::no;
    case client::TroubleKind::over_limit:
      return Exit::own_limit;
  }
  return Exit::no;
}

/// A text without its line end; a binary macaroon, which begins with 2, as it is. Nothing, and a
/// word about it, where the file cannot be read or others may read it.
std::optional<std::string> key_in_file(const std::string& path, const Terminal& terminal) {
  auto content = config::read_file_as_it_is(path, true, false);
  if (!content) {
    terminal.note(fmt::format("TOLLHOUSE_WALLET_KEY_FILE: {}", content.error()));
    return std::nullopt;
  }
  const bool binary = content->starts_with('\x02');
  while (!binary && (content->ends_with('\n') || content->ends_with('\r'))) content->pop_back();
  return std::move(*content);
}

}  // namespace

void TerminalWitness::show(std::string_view mark, const std::vector<dialogue::FieldLine>& fields,
                           std::string_view body) const {
  for (const dialogue::FieldLine& field : fields) {
    terminal_.note(fmt::format("{} {}", mark, dialogue::shown_field(field.name, field.value)));
  }
  if (!body.empty()) terminal_.note(fmt::format("{}\n{}", mark, dialogue::shown_body(body)));
}

void TerminalWitness::sent(std::string_view method, std::string_view url,
                           const std::vector<dialogue::FieldLine>& fields, std::string_view body) {
  if (!verbose_) return;
  terminal_.note(fmt::format("> {} {}", method, dialogue::for_terminal(url)));
  show(">", fields, body);
}

void TerminalWitness::received(const dialogue::Reply& reply) {
  if (!verbose_) return;
  terminal_.note(fmt::format("< {}", reply.status));
  show("<", reply.fields, reply.body);
}

void TerminalWitness::failed(io::ErrandFault fault) {
  if (verbose_) terminal_.note(fmt::format("< no answer: {}", io::to_text(fault)));
}

void TerminalWitness::asked(const dialogue::Offer& offer) {
  if (quiet_) return;
  terminal_.note(fmt::format("payment required: {} (payment hash {})", to_text(offer.price),
                             hex(offer.invoice.payment_hash.view())));
}

void TerminalWitness::paid(const dialogue::Offer& offer, std::string_view wallet) {
  if (quiet_) return;
  terminal_.note(fmt::format("paid {} with {}; calling again", to_text(offer.price), wallet));
}

void TerminalWitness::working(const pow::Puzzle& puzzle) {
  progress_.reset();
  if (quiet_) return;
  terminal_.note(puzzle.count == 1 ? fmt::format("working for the call: {} bits", puzzle.bits)
                                   : fmt::format("working for the call: {} bits, {} times",
                                                 puzzle.bits, puzzle.count));
  puzzles_ = puzzle.count;
  progress_.emplace("", clock_, terminal_);
}

void TerminalWitness::worked_on(const client::SolverProgress& progress) {
  if (progress_) progress_->show(solver_text(progress, puzzles_));
}

void TerminalWitness::worked(const client::Solved& solved) {
  progress_.reset();
  if (quiet_) return;
  terminal_.note(fmt::format("{} hashes in {:.2f} s; calling again", solved.hashes,
                             std::chrono::duration<double>(solved.passed).count()));
}

CallerMeans::CallerMeans(const Terminal& terminal, bool verbose)
    : curve_(random_),
      errands_({.user_agent = fmt::format("tollhouse/{}", version()), .proxy = {}}),
      witness_(clock_, terminal, verbose) {}

client::Surroundings CallerMeans::surroundings() { return {errands_, clock_, curve_, witness_}; }

Result<http::Url, client::Trouble> caller_url(const std::string& text) {
  const auto url = http::parse_url(text);
  if (!url) {
    return refuse(
        client::Trouble{client::TroubleKind::usage, "bad_url",
                        fmt::format("{} is not an http or https address ({})",
                                    dialogue::for_terminal(text), http::to_text(url.error())),
                        "http://127.0.0.1:8402/mcp"});
  }
  if (!url->https && !url->is_loopback()) {
    return refuse(client::Trouble{client::TroubleKind::usage, "plain_http",
                                  "plain http is used on this machine only: a credential on its "
                                  "way could be taken",
                                  "use https"});
  }
  return *url;
}

std::optional<std::string> wallet_name(const std::optional<std::string>& option,
                                       const Terminal& terminal) {
  return option ? option : terminal.variable("TOLLHOUSE_WALLET");
}

client::WalletCredential wallet_key(const Terminal& terminal) {
  client::WalletCredential credential;
  credential.key = terminal.variable("TOLLHOUSE_WALLET_KEY");
  const auto file = terminal.variable("TOLLHOUSE_WALLET_KEY_FILE");
  if (!credential.key && file) credential.key = key_in_file(*file, terminal);
  credential.certificate = terminal.variable("TOLLHOUSE_WALLET_TLS_CERT").value_or("");
  return credential;
}

int tell(const client::Trouble& trouble, const Terminal& terminal) {
  Failure failure{exit_of(trouble.kind), trouble.code, trouble.message, trouble.cure};
  if (trouble.unredeemed) {
    failure.cure = fmt::format("{}; {}", failure.cure,
                               keep_credential(*trouble.unredeemed, terminal.environment()));
  }
  return terminal.fail(failure);
}

}  // namespace tollhouse::cli
