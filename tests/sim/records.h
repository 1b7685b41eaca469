// sim: what the world knows and the gate does not: who bought what, who was told what, what reached
// the upstream. The invariants compare it with the books.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "gate/policy.h"
#include "mpp/challenge.h"
#include "sim/scheduler.h"

namespace tollhouse::sim {

/// A way in which a payment is shown.
enum class Rail : std::uint8_t {
  l402,           ///< token and preimage
  echo,           ///< x402 P1, the invoice alone
  echo_preimage,  ///< x402 P1, the invoice and its preimage
  preimage,       ///< x402 P2
  charge,         ///< the Payment scheme
};
inline constexpr std::size_t kRails = 5;

/// A challenge for work and its solution, in a caller's hands.
struct SolvedWork {
  std::string tool;
  std::string challenge;
  std::string nonces;
  Time ends;
  int surface = 0;
  bool shown = false;
};

/// What a caller bought, or was offered and did not pay.
struct Credential {
  std::string tool;
  std::string macaroon;  ///< empty: not sold by L402
  std::string invoice;
  std::string bip122;                    ///< the offer as it came, JSON; empty: there was none
  std::string lnbtc;                     ///< the same of P2
  std::optional<mpp::Challenge> charge;  ///< of the Payment scheme, where it was offered
  std::string preimage;                  ///< hex, as the payer's wallet says it; empty: nobody told
  bool paid = false;
  bool fits = false;  ///< the preimage is that of the payment hash
  PaymentHash hash;
  Time valid_until;  ///< of the token
  Time invoice_made;
  Time invoice_ends;
  Time charge_ends;     ///< of the Payment challenge
  std::string address;  ///< of the caller who bought it
  std::string nonce;    ///< arguments of its first use; all retries ask the same
  int surface = 0;
  std::uint32_t shown = 0;
  std::optional<SolvedWork> work;  ///< where its tool asks for work beside the price
};

/// A request on its way from the gate to the upstream.
struct Sent {
  std::optional<PaymentHash> hash;
  std::string tool;
  std::string nonce;
};

/// What a caller did with one request, and what came of it.
struct Attempt {
  enum class Show {
    nothing,
    whole,
    tampered,
    wrong_tool,
    unpaid,    ///< sound but for the money
    resealed,  ///< P1 at another tool, with terms that the caller sealed itself
    unsealed,  ///< x402 without the echo of `extra.gate`
  };
  std::uint64_t number = 0;
  std::size_t caller = 0;
  std::string tool;
  std::string nonce;
  int surface = 0;
  Show show = Show::nothing;
  Rail rail = Rail::l402;
  bool fits = false;  ///< the preimage in hand when it was sent is the right one
  std::optional<PaymentHash> hash;
  std::optional<std::size_t> credential;
  /// Its Payment credential stands beside what the rail shows, and must change nothing.
  std::optional<std::size_t> beside;
  std::optional<std::size_t> asks_work_for;  ///< this credential needs fresh work
  std::optional<SolvedWork> work;            ///< that is shown
  bool work_altered = false;                 ///< and its nonce is none
  Tick began;
  Tick ended;
  Time wall_sent;
  std::uint32_t back_steps = 0;
  bool claim = false;  ///< of the finale

  bool done = false;
  bool complete = false;  ///< the whole answer was seen
  int status = 0;
  std::string request_id;
  std::string body;
  std::optional<mpp::Challenge> charge;  ///< that the answer offers
  std::string payment_receipt;           ///< its `Payment-Receipt`
  bool result = false;                   ///< a result that is no error was seen

  bool pays() const { return hash.has_value(); }
  bool may_pass() const {
    return show == Show::whole || show == Show::unpaid || show == Show::unsealed;
  }
};

/// What an invoice was offered for.
struct Offered {
  std::string tool;
  std::string nonce;
  Time ends;  ///< of the token
  Time invoice_ends;
  Time charge_ends;  ///< of the Payment challenge
  Msat amount;       ///< of the invoice
};

/// A challenge for work, as it was issued.
struct IssuedWork {
  std::string tool;
  std::string client;
  std::string start;  ///< of the gate, as its request ids begin
  Time ends;
  bool used = false;  ///< a request went upstream for it
};

struct Records {
  std::vector<std::unique_ptr<Attempt>> attempts;
  std::map<std::string, Sent> sent;  ///< by X-Request-Id
  std::set<std::string> seen;        ///< X-Request-Id of answers seen whole
  std::set<std::string> secrets;     ///< preimages, in hex
  std::map<PaymentHash, Offered> offered;
  std::map<PaymentHash, std::uint32_t> executions;  ///< without redeliveries
  std::map<PaymentHash, std::uint32_t> sends;       ///< with them
  std::map<std::string, IssuedWork> work;           ///< by challenge
  std::vector<SolvedWork> solved;                   ///< by anybody, for those who take others' work
};

/// Which life of the gate gave this answer.
inline std::string start_of(std::string_view request_id) {
  return std::string(request_id.substr(0, 16));
}

/// The text between `before` and the next `end`; nothing where there is none.
inline std::optional<std::string> cut_out(std::string_view text, std::string_view before,
                                          char end) {
  const auto at = text.find(before);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + before.size());
  const auto length = rest.find(end);
  if (length == std::string_view::npos) return std::nullopt;
  return std::string(rest.substr(0, length));
}

}  // namespace tollhouse::sim
