// api: a receipt once more, for whoever shows the credential that paid.
#include "api/answers.h"
#include "api/handlers.h"
#include "gate/reasons.h"
#include "gate/rules.h"
#include "http/authorization.h"
#include "l402/verify.h"

namespace tollhouse::api {
namespace {

constexpr std::size_t kRequestIdMax = 128;

gate::LocalAnswer not_found() {
  const auto& row = row_of(gate::kReasons, gate::Reason::receipt_not_found);
  return refused(404, row.token, row.said_to_caller);
}

class Receipts final : public gate::Handler {
 public:
  explicit Receipts(gate::House& house) : house_(house) {}

  io::Task<gate::LocalAnswer> answer(io::Reactor& reactor,
                                     const gate::LocalRequest& request) override {
    if (request.head.method != http::Method::get) co_return method_not_allowed("GET");
    if (request.rest.empty() || request.rest.size() > kRequestIdMax) co_return not_found();
    const auto payment = shown_payment(request);
    // Without the credential the answer is the same as for a request that never was.
    if (!payment) co_return not_found();
    io::Reply<ledger::Answer> reply(reactor);
    house_.store.apply(ledger::FetchReceipt{std::string(request.rest)}, reply.sender());
    const Tick deadline = reactor.clock().tick() + request.rules.policy.limits.ledger_timeout;
    const auto fetched = co_await reply.until(deadline);
    if (!fetched || !*fetched) {
      const auto& row = row_of(gate::kReasons, gate::Reason::ledger_unavailable);
      co_return refused(503, row.token, row.said_to_caller);
    }
    const auto* stored = std::get_if<ledger::StoredReceipt>(&**fetched);
    if (stored == nullptr || stored->payment_hash != *payment) co_return not_found();
    gate::LocalAnswer made;
    made.body = stored->receipt;
    co_return made;
  }

 private:
  /// The payment hash of the L402 credential in the request, once its MAC holds for any service.
  std::optional<PaymentHash> shown_payment(const gate::LocalRequest& request) const {
    const http::CredentialList shown = http::read_authorization(request.head.fields);
    l402::Carriers carriers;
    carriers.authorization = &shown;
    std::vector<std::string_view> own;
    request.head.fields.for_each(http::KnownField::x_l402,
                                 [&own](std::string_view value) { own.push_back(value); });
    carriers.x_l402 = own;
    const auto credential = std::make_unique<l402::Credential>();
    if (l402::read_credential(carriers, *credential) != l402::Presence::found) return std::nullopt;
    const l402::Options options{request.rules.policy.l402.ignored_caveats, {house_.epoch}};
    for (const gate::Route& route : request.rules.policy.routes) {
      const auto grant =
          l402::authenticate(*credential, request.rules.keys, route.service, options);
      if (grant) return grant->payment_hash;
    }
    return std::nullopt;
  }

  gate::House& house_;
};

}  // namespace

std::unique_ptr<gate::Handler> receipts_handler(gate::House& house) {
  return std::make_unique<Receipts>(house);
}

}  // namespace tollhouse::api
