// client: answers the requests of a desktop client by asking a gate, which it pays. Promises: every
// request gets one answer, in the client's own era, and a tool's result says what was spent.
// Blocks; one thread. Spec: mcp-gateway.md 9.2.
#pragma once
#include <string>

#include "client/client.h"
#include "dialogue/desktop.h"

namespace tollhouse::client {

/// Told on the bridge's thread.
class BridgeNews {
 public:
  virtual ~BridgeNews() = default;
  virtual void spent(const Paid& paid, const Budget::State& budget) = 0;
  /// Paid for and not used up; the purse's keeper has it.
  virtual void unredeemed(const Unredeemed& credential) = 0;
  virtual void refused(const Trouble& trouble) = 0;
};

class Bridge {
 public:
  /// All outlives the bridge. `budget` is that of the client's purse.
  Bridge(Client& client, const Budget& budget, dialogue::Speaker speaker, BridgeNews& news)
      : client_(client), budget_(budget), speaker_(std::move(speaker)), news_(news) {}

  /// The message that answers a request, without a line's end.
  std::string answer(const dialogue::DesktopMessage& request);
  /// Ends the session with the gate.
  void goodbye();

 private:
  Result<void, Trouble> connect();
  Result<CallOutcome, Trouble> ask(const dialogue::DesktopMessage& request);
  std::string greet(const dialogue::DesktopMessage& request);
  std::string answered(const dialogue::DesktopMessage& request, CallOutcome outcome);
  std::string refused(const dialogue::DesktopMessage& request, const Trouble& trouble);
  std::string with_meta(const std::string& message, Msat paid, const std::string& receipt) const;

  Client& client_;
  const Budget& budget_;
  const dialogue::Speaker speaker_;
  BridgeNews& news_;
  bool connected_ = false;
};

/// The answer to a ping, which needs no gate.
std::string pong(const dialogue::DesktopMessage& request);

}  // namespace tollhouse::client
