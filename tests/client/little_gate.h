// tests/client: a gate, a wallet and an MCP server in one thread, on a real loopback socket and
// true to their protocols as far as a caller sees them. Behaviour is set before, requests are read
// after.
#pragma once
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "dialogue/made_offer.h"
#include "http/url.h"
#include "x402/payment_required.h"

namespace tollhouse::test {

struct SeenRequest {
  std::string method;
  std::string path;
  std::map<std::string, std::string> fields;  ///< names in lower case
  std::string body;
  std::string rpc_method;  ///< empty where the body has none
};

struct GivenReply {
  int status = 200;
  std::string fields;  ///< whole lines with CRLF
  std::string body;
  bool hang_up = false;  ///< closes without a word
};

/// How the gate behaves; the defaults sell every call for three sat.
struct Behaviour {
  bool modern = false;         ///< a server that knows no handshake
  bool streams = false;        ///< answers as event streams
  bool free = false;           ///< asks for no payment
  bool tool_fails = false;     ///< `isError`, and no receipt
  bool two_pages = false;      ///< of tools
  std::uint8_t wrong_bit = 0;  ///< of the preimage that the wallet gives
  OfferShape offer;
  bool sells_x402 = false;         ///< P2, bound to the call; no L402
  bool sells = true;               ///< something that money buys
  unsigned work_bits = 0;          ///< above 0: takes work of so many bits
  bool work_beside = false;        ///< with the price, not in place of it
  bool work_in_head_only = false;  ///< says it in the PoW line alone
  std::uint32_t calls_per_solve = 1;
  /// Instead of the answer to a call that shows the right credential.
  std::optional<GivenReply> paid_reply;
  std::size_t forgets_session = 0;          ///< so many calls find that their session is gone
  std::size_t paid_reply_after = 0;         ///< so many calls get the answer first
  std::size_t paid_reply_times = SIZE_MAX;  ///< and then so many do not
  /// Instead of what the wallet answers.
  std::optional<GivenReply> wallet_reply;
};

class LittleGate {
 public:
  explicit LittleGate(Behaviour behaviour);
  ~LittleGate();

  std::string origin() const;
  std::string address() const { return origin() + "/mcp"; }
  std::vector<SeenRequest> seen() const;
  /// How many requests of this kind there were: an rpc method, a path, or a method of HTTP.
  std::size_t count(std::string_view what) const;
  std::string authorization() const;  ///< that pays this gate's offer by L402

 private:
  void run();
  void serve(int connection);
  GivenReply answer(const SeenRequest& request);
  GivenReply answer_rpc(const SeenRequest& request);
  GivenReply answer_call(const SeenRequest& request, const std::string& id);
  /// The offer for this very call, as the gate would make it at any time: each call has its own
  /// preimage.
  x402::Offer x402_offer(const SeenRequest& request);
  bool is_paid(const SeenRequest& request);
  bool is_worked_for(const SeenRequest& request) const;
  GivenReply verify_work(const SeenRequest& request) const;
  GivenReply demand(const SeenRequest& request, const std::string& id);
  GivenReply result(const std::string& id, std::string_view result) const;

  Behaviour behaviour_;
  std::size_t paid_calls_ = 0;
  std::size_t forgotten_ = 0;
  std::map<std::string, std::uint8_t> x402_seeds_;  ///< by invoice
  SystemRandom random_;
  crypto::Secp256k1 curve_{random_};
  l402::Challenge challenge_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<SeenRequest> seen_;
  std::thread thread_;
};

}  // namespace tollhouse::test
