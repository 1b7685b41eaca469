// mpp: the drafts' names of refusals.
#include "mpp/reason.h"

#include "json/writer.h"

namespace tollhouse::mpp {
namespace {

constexpr std::string_view kProblems = "https://paymentauth.org/problems/";

std::string absolute(std::string_view name) {
  if (name.empty()) return {};
  return std::string(kProblems).append(name);
}

}  // namespace

std::string Problem::type() const { return absolute(name); }
std::string Problem::alias_type() const { return absolute(alias); }

Problem payment_required() { return {"payment-required", "Payment Required", 402, {}}; }

Problem payment_not_made() { return problem_of(Reason::request_mismatch); }

Problem conflicting_credentials() {
  Problem problem = problem_of(Reason::malformed_credential);
  problem.status = 400;
  problem.alias = {};
  return problem;
}

Problem problem_of(Reason reason) {
  const std::string_view name = row_of(kReasons, reason).token;
  switch (reason) {
    case Reason::malformed_credential:
      return {name, "Malformed Credential", 402, "lightning/malformed-credential"};
    case Reason::invalid_challenge:
      return {name, "Invalid Challenge", 402, "lightning/unknown-challenge"};
    case Reason::method_unsupported:
      return {name, "Method Unsupported", 400, {}};
    case Reason::payment_expired:
      return {name, "Payment Expired", 402, "lightning/expired-invoice"};
    case Reason::invalid_preimage:
      return {name, "Verification Failed", 402, "lightning/invalid-preimage"};
    case Reason::request_mismatch:
      return {name, "Verification Failed", 402, {}};
    case Reason::payment_insufficient:
      return {name, "Payment Insufficient", 402, {}};
  }
  return {name, "Verification Failed", 402, {}};
}

std::string problem_json(const Problem& problem, std::string_view detail,
                         std::string_view challenge_id) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("type", problem.type()).member("title", problem.title);
  writer.member("status", problem.status).member("detail", detail);
  if (!challenge_id.empty()) writer.member("challengeId", challenge_id);
  if (!problem.alias.empty()) writer.member("alias", problem.alias_type());
  writer.end_object();
  return text;
}

}  // namespace tollhouse::mpp
