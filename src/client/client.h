// client: one caller of one gate, over real sockets: handshake, lists, and a call that is paid when
// the gate asks for it, within the limit and never twice. Blocks the thread that calls it.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "client/line.h"
#include "client/owed_calls.h"
#include "client/purse.h"
#include "client/solver.h"
#include "client/trouble.h"
#include "client/wallet.h"
#include "client/witness.h"
#include "crypto/secp256k1.h"
#include "dialogue/dialect.h"
#include "dialogue/offer.h"
#include "http/url.h"
#include "io/errand.h"

namespace tollhouse::client {

/// When a caller works.
enum class WorkUse : std::uint8_t {
  beside,   ///< only for what wants it beside a price
  instead,  ///< also where nothing is sold, or the price cannot be paid
  only,     ///< never pays
};

struct Settings {
  http::Url gate;  ///< the MCP address
  dialogue::Speaker speaker;
  Msat limit;                                         ///< most that one call may cost
  std::optional<dialogue::Rail> rail = std::nullopt;  ///< none: L402, else x402, else mpp
  WorkUse work = WorkUse::instead;
  SolverOptions solver = {};  ///< how much work, at most
  bool pay = true;            ///< false: an offer is shown and not paid
  /// For the first request: an earlier payment (authorization_of). With it nothing is paid.
  std::optional<std::string> credential;
  Purse purse;
};

/// Work that opened a call.
struct Worked {
  unsigned bits = 0;   ///< of each sub-puzzle
  unsigned count = 1;  ///< sub-puzzles
  std::uint64_t hashes = 0;
  Duration passed{};
};

/// What came of a call: an answer, or with `pay` off the offer that would be paid and the work that
/// would be done.
struct CallOutcome {
  std::optional<dialogue::Answered> answered;
  std::optional<dialogue::Offer> offer;
  std::optional<dialogue::WorkAsked> work;
  std::optional<Paid> paid;
  std::optional<Worked> worked;
  bool reused = false;  ///< answered for an earlier payment
  /// Paid, answered with `isError` and without receipt: the credential is probably good still.
  std::optional<Unredeemed> unredeemed;
};

/// Whether a request may still cost something: what is asked a second time within one call may not.
enum class Spending : std::uint8_t { allowed, over };

/// What every part of the client works with; all of it outlives the client.
struct Surroundings {
  io::Errands& errands;
  const Clock& clock;
  const crypto::Secp256k1& curve;
  Witness& witness;
};

class Client {
 public:
  /// `wallet` null: chosen by the invoice (simulated_by_itself).
  Client(Surroundings surroundings, Settings settings, std::unique_ptr<Wallet> wallet);

  /// The handshake of the legacy era, or of the modern one where the server knows no other.
  Result<void, Trouble> connect();
  /// All pages.
  Result<std::vector<dialogue::Tool>, Trouble> list_tools();
  /// `arguments` is a JSON object. Pays at most once, and only what `affordable` allows; after a
  /// payment every trouble carries it as `unredeemed`.
  Result<CallOutcome, Trouble> call(std::string_view tool, std::string_view arguments);
  /// Another request of somebody who speaks MCP himself: `params` is a JSON object, or empty. Pays
  /// as `call` does.
  Result<CallOutcome, Trouble> relay(std::string_view method, std::string_view params,
                                     Spending spending = Spending::allowed);
  /// Ends a legacy session; what comes back does not matter.
  void goodbye();

  const dialogue::Dialect& dialect() const { return dialect_; }
  /// What the server said of itself in the handshake: a JSON object; empty before it.
  const std::string& server() const { return server_; }

 private:
  Result<dialogue::Heard, Trouble> exchange(dialogue::Request request, Duration timeout,
                                            dialogue::Reply* reply_out = nullptr);
  Replied send(dialogue::Request request, Duration timeout);
  Replied send_to(const std::string& url, dialogue::Request request, Duration timeout);
  Result<void, Trouble> connect_modern(const dialogue::Heard& heard_before);
  Result<dialogue::ParamFields, Trouble> mirrored_of(std::string_view tool,
                                                     std::string_view arguments);
  /// One request that may cost something; the place has no tool where it is no call of one.
  Result<CallOutcome, Trouble> perform(const dialogue::Request& request, const TokenPlace& place,
                                       Spending spending = Spending::allowed);
  /// With a credential, and once more with work where the gate wants that beside it.
  Result<dialogue::Heard, Trouble> exchange_shown(const dialogue::Request& request,
                                                  std::string authorization);
  std::optional<std::string> kept_token(const TokenPlace& place) const;
  /// The answer for a payment of this client that bought none yet; nothing where there is no such
  /// payment for this request, or the gate wants another one.
  std::optional<Result<CallOutcome, Trouble>> redeem_again(const dialogue::Request& request,
                                                           const TokenPlace& place);
  CallOutcome redeemed_again(dialogue::Answered answered, const Unredeemed& credential);
  Result<CallOutcome, Trouble> answered_again(dialogue::Heard heard, const TokenPlace& place);
  Result<CallOutcome, Trouble> buy(const dialogue::PaymentAsked& asked,
                                   const dialogue::Request& request, const TokenPlace& place);
  Result<Solved, Trouble> solve_within_limits(const pow::Puzzle& puzzle);
  /// Puts the solution into the request.
  Result<Worked, Trouble> work_on(const pow::Puzzle& puzzle, dialogue::Request& request);
  /// A call that work alone opens.
  Result<CallOutcome, Trouble> work_for(const dialogue::WorkAsked& asked, dialogue::Request request,
                                        const TokenPlace& place);
  /// The same against a credential for several calls.
  Result<CallOutcome, Trouble> work_for_credential(const dialogue::WorkAsked& asked,
                                                   const dialogue::Request& request,
                                                   const TokenPlace& place);
  Result<pow::Granted, Trouble> verify_work(const pow::Puzzle& puzzle, const Solved& solved,
                                            std::string_view tool);
  /// Whether this offer could be paid now: limit, budget, wallet.
  Result<void, Trouble> payable(const dialogue::Offer& offer);
  Result<dialogue::Offer, dialogue::Reason> choose(const dialogue::PaymentAsked& asked,
                                                   const dialogue::Request& request) const;
  Result<Preimage, Trouble> pay_within_limits(const dialogue::Offer& offer);
  Result<Preimage, Trouble> pay(const dialogue::Offer& offer);
  bool keep(const dialogue::Offer& offer, const std::string& authorization,
            const TokenPlace& place);
  Result<CallOutcome, Trouble> redeem(const dialogue::Offer& offer, const Preimage& preimage,
                                      const dialogue::Request& request, const TokenPlace& place);
  /// Works first where work is wanted beside the price: that costs no money.
  Result<CallOutcome, Trouble> pay_and_redeem(const dialogue::Offer& offer,
                                              const dialogue::PaymentAsked& asked,
                                              dialogue::Request request, const TokenPlace& place);
  Wallet* wallet_for(const dialogue::Offer& offer);

  Surroundings around_;
  Settings settings_;
  dialogue::Phrases phrases_;
  std::unique_ptr<Wallet> wallet_;
  dialogue::Dialect dialect_;
  std::string server_;
  /// Paid for and not used up. A failed tool that is called again is not paid again.
  OwedCalls owed_;
  std::uint64_t next_id_ = 1;
  std::string waiting_id_;
};

}  // namespace tollhouse::client
