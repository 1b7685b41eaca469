// sim: callers: they buy, use, race, replay, forge, leave in the middle, come back, and keep books
// of what they saw.
#pragma once
#include <deque>
#include <memory>

#include "http/response.h"
#include "sim/network.h"
#include "sim/records.h"
#include "sim/wallet.h"

namespace tollhouse::sim {

class CallerLine;

/// What callers ask of their world.
class CallerWorld {
 public:
  virtual std::shared_ptr<Line> dial_gate(const io::Endpoint& caller, Peer& peer) = 0;
  virtual DoubtfulWallet& wallet() = 0;
  /// Whether P1 is taken without a preimage.
  virtual bool takes_echo() const = 0;
  /// What a refusal offers on one invoice.
  virtual void offer_seen(const Credential& offered) = 0;
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
  std::string address() const { return settings_.address.client_class(); }
  std::vector<Credential>& purse() { return purse_; }
  /// One call with a credential, as its first use was; for the finale.
  Attempt& claim(std::size_t credential, Rail rail);
  /// The same call with nothing shown, for the work that it asks for; for the finale.
  Attempt& ask_for_work(std::size_t credential);
  /// The ways in which a credential can be shown.
  std::vector<Rail> rails_of(const Credential& credential) const;
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
  void act_oddly(std::size_t credential);
  void buy();
  void use(std::size_t credential);
  void race(std::size_t credential);
  void probe_expiry(std::size_t credential);
  Attempt& new_attempt(const std::string& tool, int surface, std::string nonce);
  void work();
  Attempt& show_work(SolvedWork& work);
  Attempt& show(std::size_t credential, Attempt::Show how, bool same_request);
  void show_beside(Attempt& attempt);
  void attach_work(Attempt& attempt, Credential& credential);
  void send(Attempt& attempt, const Manners& manners, bool fresh_line);
  Manners manners();
  std::string request_of(const Attempt& attempt);
  void add_payment(const Attempt& attempt, std::string& fields, std::string& meta);
  void add_token(const Attempt& attempt, std::string& fields, std::string& meta);
  void add_x402(const Attempt& attempt, std::string& fields, std::string& meta);
  void add_charge(const Attempt& attempt, std::string& fields, std::string& meta);
  void add_charge_beside(const Attempt& attempt, std::string& fields);
  void add_work(const Attempt& attempt, std::string& fields, std::string& meta);
  std::string x402_payment(const Attempt& attempt);
  void finished(Attempt& attempt);
  void take_challenge(const Attempt& attempt);
  std::optional<SolvedWork> take_work(const Attempt& attempt);
  void pay(std::size_t credential, int tries);

  CallerSettings settings_;
  Dice dice_;
  CallerWorld& world_;
  Scheduler& scheduler_;
  Trace& trace_;
  Records& records_;
  const SimClock& clock_;
  std::vector<Credential> purse_;
  std::vector<SolvedWork> works_;
  std::vector<std::unique_ptr<CallerLine>> lines_;
  std::size_t open_ = 0;
};

}  // namespace tollhouse::sim
