// api: `POST /v1/verify`: another gate asks whether a credential of ours is good (R-L402-11).
// Nothing is spent here: who asks has books of its own.
#include "l402/verify.h"
#include "api/answers.h"
#include "api/handlers.h"
#include "base/hex.h"
#include "gate/paid_check.h"
#include "gate/reasons.h"
#include "gate/rules.h"
#include "json/reader.h"
#include "json/writer.h"

namespace tollhouse::api {
namespace {

struct Asked {
  std::string token;
  std::string service;  ///< of which route; empty: any
  std::string tool;     ///< for which call; empty: whichever it was sold for
};

std::optional<Asked> read_asked(std::string_view body) {
  json::Document workspace;
  const auto value = json::parse(body, workspace);
  if (!value || !value->is_object()) return std::nullopt;
  const auto text = [&](std::string_view name) -> std::optional<std::string> {
    const auto member = value->find(name);
    if (!member) return std::string();
    const auto found = member->as_string();
    return found ? std::optional(std::string(*found)) : std::nullopt;
  };
  auto token = text("token"), service = text("service"), tool = text("tool");
  if (!token || token->empty() || !service || !tool) return std::nullopt;
  return Asked{*std::move(token), *std::move(service), *std::move(tool)};
}

std::optional<l402::Reason> judge(const l402::Grant& grant, const Asked& asked,
                                  std::string_view service, Time now) {
  l402::Target target;
  target.service = service;
  target.method = "tools/call";
  target.capability = asked.tool;
  l402::Grant judged = grant;
  // What the one who asks did not say is his to judge; a binding nobody here can see is a no.
  if (asked.tool.empty()) judged.allowance.capabilities.reset();
  judged.allowance.price_max.reset();
  const auto allowed = l402::authorise(judged, target, now);
  if (allowed) return std::nullopt;
  return allowed.error();
}

struct Good {
  l402::Grant grant;
  std::string_view service;
};

/// Token and sentence of a reason.
struct No {
  std::string_view token;
  std::string_view sentence;
};

template <typename Row>
No no_of(const Row& row) {
  return {row.token, row.said_to_caller};
}

class Verify final : public gate::Handler {
 public:
  explicit Verify(gate::House& house) : house_(house) {}

  io::Task<gate::LocalAnswer> answer(io::Reactor& reactor,
                                     const gate::LocalRequest& request) override {
    if (request.head.method != http::Method::post) co_return method_not_allowed("POST");
    const auto asked = read_asked(request.body);
    if (!asked) {
      co_return refused(400, "token_missing", "Send {\"token\":\"<macaroon>:<preimage>\"}.");
    }
    const auto good = find(*asked, request.rules);
    if (!good) {
      const l402::Reason said = l402::said_reason(good.error());
      co_return answer_no(no_of(row_of(l402::kReasons, said)), request, reactor.clock().tick());
    }
    const PaymentHash hash = good->grant.payment_hash;
    const bool paid_for = good->grant.token->price != Msat();
    if (paid_for && gate::must_ask_wallet(house_, hash)) {
      const std::string client = request.client.client_class();
      const auto wait = house_.failures_by_client.wait_of(client, reactor.clock().tick());
      if (wait) co_return too_often(*wait);
      const Msat price = good->grant.token->price;
      const Duration longest = request.rules.policy.limits.lookup_timeout;
      const gate::Paid paid = co_await gate::ask_wallet(house_, reactor, hash, price, longest);
      const bool unknown = paid == gate::Paid::unknown || paid == gate::Paid::in_flight;
      const No no = no_of(row_of(gate::kReasons, unknown ? gate::Reason::settlement_unknown
                                                         : gate::Reason::invoice_not_paid));
      if (unknown) co_return refused(503, no.token, no.sentence);
      if (paid == gate::Paid::no) co_return answer_no(no, request, reactor.clock().tick());
    }
    co_return answer_yes(good->grant, good->service);
  }

 private:
  /// Of the route it is good for; the reason of the last one that was asked.
  Result<Good, l402::Reason> find(const Asked& asked, const gate::Rules& rules) const {
    const Time now = house_.lives.now(house_.clock.now());
    const auto credential = std::make_unique<l402::Credential>();
    l402::Reason reason = l402::Reason::malformed;
    if (!credential->read_pair(asked.token)) return refuse(reason);
    for (const gate::Route& route : rules.policy.routes) {
      if (!asked.service.empty() && asked.service != route.service) continue;
      const auto grant = authenticate(*credential, route.service, rules);
      const auto no = grant ? judge(*grant, asked, route.service, now) : grant.error();
      if (!no) return Good{*grant, route.service};
      reason = *no;
    }
    return refuse(reason);
  }

  Result<l402::Grant, l402::Reason> authenticate(const l402::Credential& credential,
                                                 std::string_view service,
                                                 const gate::Rules& rules) const {
    const l402::Options options{rules.policy.l402.ignored_caveats, {house_.epoch}};
    const auto grant = l402::authenticate(credential, rules.keys, service, options);
    if (grant && house_.revoked.contains(grant->payment_hash)) {
      return refuse(l402::Reason::unknown_token);
    }
    return grant;
  }

  static gate::LocalAnswer answer_yes(const l402::Grant& grant, std::string_view service) {
    gate::LocalAnswer made;
    json::Writer writer(made.body);
    writer.begin_object().member("ok", true);
    writer.member("paymentHash", hex(grant.payment_hash.view()));
    writer.member("priceMsat", grant.token->price.count()).member("service", service);
    if (const auto until = grant.allowance.valid_until()) {
      writer.member("expiresAt", rfc3339(*until));
    }
    if (grant.allowance.calls_max) {
      writer.member("uses", *grant.allowance.calls_max);
    } else {
      writer.member("uses", "unlimited");
    }
    writer.end_object();
    return made;
  }

  /// Says when to ask again (R-MET-11).
  static gate::LocalAnswer too_often(Duration wait) {
    const auto& row = row_of(gate::kReasons, gate::Reason::rate_limited);
    gate::LocalAnswer made = refused(429, row.token, row.said_to_caller);
    made.retry_after = wait;
    return made;
  }

  /// Bad tokens count against who asks, as on the way of a call (R-L402-16).
  gate::LocalAnswer answer_no(const No& no, const gate::LocalRequest& request, Tick now) {
    const auto wait = house_.failures_by_client.take(request.client.client_class(), now);
    if (wait) return too_often(*wait);
    gate::LocalAnswer made;
    json::Writer(made.body)
        .begin_object()
        .member("ok", false)
        .member("error", no.token)
        .member("code", no.token)
        .member("message", no.sentence)
        .end_object();
    return made;
  }

  gate::House& house_;
};

}  // namespace

std::unique_ptr<gate::Handler> verify_handler(gate::House& house) {
  return std::make_unique<Verify>(house);
}

}  // namespace tollhouse::api
