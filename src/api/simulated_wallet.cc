// api: the simulated wallet's own endpoints (surface.md 4). Only loopback may use them, whatever
// address the gate listens on.
#include "api/answers.h"
#include "api/handlers.h"
#include "base/hex.h"
#include "json/reader.h"
#include "json/writer.h"

namespace tollhouse::api {
namespace {

using lightning::SimulatedWallet;

std::string_view to_text(lightning::PaymentState state) {
  switch (state) {
    case lightning::PaymentState::unpaid:
      return "unpaid";
    case lightning::PaymentState::in_flight:
      return "in_flight";
    case lightning::PaymentState::paid:
      return "paid";
    case lightning::PaymentState::expired:
      return "expired";
    case lightning::PaymentState::failed:
      return "failed";
    case lightning::PaymentState::unknown:
      break;
  }
  return "unknown";
}

gate::LocalAnswer pay_refused(SimulatedWallet::PayFault fault) {
  switch (fault) {
    case SimulatedWallet::PayFault::unreachable:
      return refused(503, "wallet_unreachable", "The simulated wallet is down.");
    case SimulatedWallet::PayFault::unknown_invoice:
      return refused(404, "unknown_invoice", "The simulated wallet did not mint this invoice.");
    case SimulatedWallet::PayFault::expired:
      return refused(410, "invoice_expired", "The invoice has expired.");
    case SimulatedWallet::PayFault::in_flight:
      break;
  }
  return refused(409, "payment_in_flight", "The payment is under way and not settled.");
}

/// One string member of a small JSON body.
std::optional<std::string> member_of(std::string_view body, std::string_view name) {
  json::Document workspace;
  const auto value = json::parse(body, workspace);
  if (!value || !value->is_object()) return std::nullopt;
  const auto member = value->find(name);
  const auto text = member ? member->as_string() : std::nullopt;
  if (!text) return std::nullopt;
  return std::string(*text);
}

class Simulated final : public gate::Handler {
 public:
  enum class Path : std::uint8_t { pay, invoices, fault };
  Simulated(SimulatedWallet& wallet, Path path) : wallet_(wallet), path_(path) {}

  io::Task<gate::LocalAnswer> answer(io::Reactor&, const gate::LocalRequest& request) override {
    if (!request.client.is_loopback()) {
      co_return refused(403, "loopback_only", "The simulated wallet serves this machine only.");
    }
    switch (path_) {
      case Path::pay:
        co_return pay(request);
      case Path::invoices:
        co_return invoices(request);
      case Path::fault:
        break;
    }
    co_return set_fault(request);
  }

 private:
  gate::LocalAnswer pay(const gate::LocalRequest& request) {
    if (request.head.method != http::Method::post) return method_not_allowed("POST");
    const auto invoice = member_of(request.body, "invoice");
    if (!invoice) return refused(400, "invoice_missing", "Send {\"invoice\":\"lnbcrt...\"}.");
    const auto paid = wallet_.pay(*invoice);
    if (!paid) return pay_refused(paid.error());
    gate::LocalAnswer made;
    json::Writer(made.body)
        .begin_object()
        .member("payment_hash", hex(paid->payment_hash.view()))
        .member("preimage", hex(paid->preimage.reveal()))
        .end_object();
    return made;
  }

  gate::LocalAnswer invoices(const gate::LocalRequest& request) const {
    if (!is_read(request)) return method_not_allowed("GET, HEAD");
    gate::LocalAnswer made;
    json::Writer writer(made.body);
    writer.begin_array();
    for (const auto& row : wallet_.invoices()) {
      writer.begin_object()
          .member("invoice", row.bolt11)
          .member("payment_hash", hex(row.payment_hash.view()))
          .member("amount_msat", row.amount.count())
          .member("state", to_text(row.state))
          .end_object();
    }
    writer.end_array();
    return made;
  }

  gate::LocalAnswer set_fault(const gate::LocalRequest& request) {
    if (request.head.method != http::Method::post) return method_not_allowed("POST");
    const auto mode = member_of(request.body, "mode");
    const auto fault = mode ? lightning::simulated_fault_from(*mode) : std::nullopt;
    if (!fault) {
      return refused(400, "mode_unknown", "Send {\"mode\":\"down|slow|lie|pending|none\"}.");
    }
    wallet_.set_fault(*fault);
    gate::LocalAnswer made;
    json::Writer(made.body).begin_object().member("mode", lightning::to_text(*fault)).end_object();
    return made;
  }

  SimulatedWallet& wallet_;
  Path path_;
};

}  // namespace

void add_simulated_wallet(gate::Router& router, lightning::SimulatedWallet& wallet) {
  const auto handler = [&wallet](Simulated::Path path) {
    return std::make_unique<Simulated>(wallet, path);
  };
  router.add("/sim/pay", handler(Simulated::Path::pay));
  router.add("/sim/invoices", handler(Simulated::Path::invoices));
  router.add("/sim/fault", handler(Simulated::Path::fault));
}

}  // namespace tollhouse::api
