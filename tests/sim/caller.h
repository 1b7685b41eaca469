// sim: callers: they buy, use, race, replay, forge, leave in the middle, come back, and keep books
// of what they saw.
#pragma once
#include <deque>
#include <memory>

#include "http/response.h"
#include "lightning/simulated.h"
#include "sim/network.h"
#include "sim/records.h"

namespace tollhouse::sim {

class CallerLine;

/// What callers ask of their world.
class CallerWorld {
 public:
  virtual std::shared_ptr<Line> dial_gate(const io::Endpoint& caller, Peer& peer) = 0;
  virtual Result<lightning::SimulatedWallet::Paid, lightning::SimulatedWallet::PayFault> pay(
      std::string_view invoice) = 0;
  virtual void attempt_done(const Attempt& attempt) = 0;
  /// The final event of a stream, or a whole answer, says: result.
  virtual void result_seen(const Attempt& attempt) = 0;
  /// What came is not HTTP.
  virtual void bad_answer(const Attempt& attempt, std::string_view bytes) = 0;
  virtual Time wall() const = 0;

 protected:
  ~CallerWorld() = default;
};

struct CallerSettings {
  std::size_t number = 0;
  io::Endpoint address;
  int actions = 8;
  bool stubborn = false;  ///< tries the same credential over and over, leaves after sending
};

class Caller {
 public:
  Caller(CallerSettings settings, std::uint64_t seed, CallerWorld& world, Scheduler& scheduler,
         Trace& trace, Records& records, const SimClock& clock);
  ~Caller();

  void begin();
  /// No more actions; lines are left.
  void rest();
  bool resting() const { return settings_.actions <= 0 && open_ == 0; }
  std::size_t open() const { return open_; }
  std::vector<Credential>& purse() { return purse_; }
  /// One call with a credential, as its first use was; for the finale.
  Attempt& claim(std::size_t credential);
  void leave_all();

  Faults faults;

 private:
  friend class CallerLine;
  struct Manners {
    std::optional<std::size_t> send_only;  ///< bytes of the request, then leaves
    std::optional<std::size_t> read_only;  ///< bytes of the answer, then leaves
    std::optional<Duration> leave_after;
    bool half_close = false;
    bool pipelined = false;
  };
  void act();
  void buy();
  void use(std::size_t credential);
  void race(std::size_t credential);
  void probe_expiry(std::size_t credential);
  Attempt& new_attempt(const std::string& tool, int surface, std::string nonce);
  Attempt& show(std::size_t credential, Attempt::Show how, bool same_request);
  void send(Attempt& attempt, const Manners& manners, bool fresh_line);
  Manners manners();
  std::string request_of(const Attempt& attempt);
  std::string shown_value(const Attempt& attempt);
  void finished(Attempt& attempt);
  void take_challenge(const Attempt& attempt);
  void pay(const Attempt& attempt, const std::string& invoice, const std::string& macaroon,
           int tries);

  CallerSettings settings_;
  Dice dice_;
  CallerWorld& world_;
  Scheduler& scheduler_;
  Trace& trace_;
  Records& records_;
  const SimClock& clock_;
  std::vector<Credential> purse_;
  std::vector<std::unique_ptr<CallerLine>> lines_;
  std::size_t open_ = 0;
};

}  // namespace tollhouse::sim
