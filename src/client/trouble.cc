// client: troubles in words.
#include "client/trouble.h"

#include "base/format.h"
#include "dialogue/shown.h"

namespace tollhouse::client {
namespace {

std::string request_note(const std::string& request_id) {
  if (request_id.empty()) return {};
  return fmt::format(" (request {})", dialogue::without_secrets(request_id));
}

std::string words_of(const dialogue::Refused& refused) {
  std::string words =
      refused.message.empty() ? fmt::format("status {}", refused.status) : refused.message;
  if (!refused.code.empty()) words = fmt::format("{} [{}]", words, refused.code);
  if (refused.status >= 300) words = fmt::format("{} {}", refused.status, words);
  return words + request_note(refused.request_id);
}

std::string cure_of(const dialogue::Refused& refused) {
  if (refused.retry_after) return fmt::format("try again in {} s", *refused.retry_after);
  if (refused.status == 404) return "look at the path of the address; a gate often has /mcp";
  if (refused.status == 401)
    return "the gate wants to know who calls; identity is not in this build";
  return {};
}

std::string_view code_of(const dialogue::Refused& refused) {
  if (!refused.code.empty()) return refused.code;
  switch (refused.status) {
    case 401:
      return "unauthorized";
    case 403:
      return "forbidden";
    case 404:
      return "not_found";
    case 429:
      return "rate_limited";
    default:
      return refused.rpc_code != 0 ? "rpc_error" : "refused";
  }
}

}  // namespace

Trouble trouble_of(io::ErrandFault fault, std::string_view who) {
  const auto unreachable = [&](std::string_view what, std::string_view cure) {
    return Trouble{TroubleKind::unreachable, std::string(io::to_text(fault)),
                   fmt::format("{} {}", who, what), std::string(cure)};
  };
  switch (fault) {
    case io::ErrandFault::refused:
      return unreachable("cannot be reached", "is it running, and is the address right?");
    case io::ErrandFault::timed_out:
      return unreachable("did not answer in time", "");
    case io::ErrandFault::tls:
      return unreachable("has no certificate that this machine trusts", "");
    case io::ErrandFault::too_large:
      return unreachable("answered with more than is read here", "");
    case io::ErrandFault::redirected:
      return unreachable("answered with a redirect; none is followed", "use the final address");
    case io::ErrandFault::protocol:
      return unreachable("broke the connection off, or does not speak HTTP", "");
    case io::ErrandFault::not_allowed:
      break;
  }
  return {TroubleKind::usage, "not_allowed",
          fmt::format("{} has an address that is not used from here", who),
          "use https, or http on this machine"};
}

bool was_not_sent(io::ErrandFault fault) {
  return fault == io::ErrandFault::refused || fault == io::ErrandFault::tls ||
         fault == io::ErrandFault::not_allowed;
}

Trouble trouble_of(const dialogue::Refused& refused) {
  // A gate or server that fails is out of reach, not saying no.
  const bool broken = refused.status >= 500;
  Trouble trouble{broken ? TroubleKind::unreachable : TroubleKind::refused,
                  dialogue::for_terminal(code_of(refused)),
                  dialogue::for_terminal(words_of(refused)),
                  dialogue::for_terminal(cure_of(refused))};
  trouble.status = refused.status;
  trouble.rpc_code = refused.rpc_code;
  return trouble;
}

Trouble trouble_of(const dialogue::NotUnderstood& what) {
  return {TroubleKind::unreachable, "bad_answer", dialogue::for_terminal(what.what),
          "is this the address of an MCP server?"};
}

Trouble trouble_of(dialogue::Reason reason) {
  const auto& row = row_of(dialogue::kReasons, reason);
  Trouble trouble{TroubleKind::refused, std::string(row.token), std::string(row.said_to_caller),
                  ""};
  if (reason == dialogue::Reason::over_limit) trouble.cure = "raise --max-sats, or do without";
  if (reason == dialogue::Reason::over_budget) trouble.cure = "raise --budget, or do without";
  if (!trouble.cure.empty()) trouble.kind = TroubleKind::over_limit;
  return trouble;
}

}  // namespace tollhouse::client
