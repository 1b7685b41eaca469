// sim: what callers do.
#include "sim/caller.h"

#include "base/base64.h"
#include "base/hex.h"
#include "bolt/issued.h"
#include "sim/caller_line.h"
#include "sim/offers.h"

namespace tollhouse::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kTools[] = {"single",  "single", "single", "counted", "pass",
                                       "attempt", "bound",  "free",   "newer",   "either",
                                       "both",    "work",   "charge"};
/// Where a payment or work for one tool is tried for nothing.
constexpr std::string_view kOthers[] = {"single", "counted", "newer",
                                        "either", "attempt", "charge"};

/// The token's own end, out of its caveat.
Time end_of(std::string_view macaroon) {
  const auto bytes = bytes_from_any_base64(macaroon);
  const std::string text = bytes ? std::string(text_of(*bytes)) : "";
  constexpr std::string_view kName = "_valid_until=";
  const auto at = text.find(kName);
  if (at == std::string::npos) return Time::max();
  return time_from_unix(std::atoll(text.c_str() + at + kName.size()));
}

}  // namespace

Caller::Caller(CallerSettings settings, std::uint64_t seed, CallerWorld& world,
               Scheduler& scheduler, Trace& trace, Records& records, const SimClock& clock)
    : settings_(std::move(settings)),
      dice_(seed + settings_.number, "caller"),
      world_(world),
      scheduler_(scheduler),
      trace_(trace),
      records_(records),
      clock_(clock) {}

Caller::~Caller() = default;

void Caller::begin() {
  scheduler_.after(dice_.duration(Duration{}, seconds(2)), [this] { act(); });
}

void Caller::rest() { settings_.actions = 0; }

void Caller::leave_all() {
  for (const auto& line : lines_) line->leave(false);
}

void Caller::act() {
  if (settings_.actions-- <= 0) return;
  const std::uint64_t wanted = settings_.stubborn ? 1 : dice_.below(4);
  if (purse_.empty() || purse_.size() < wanted) {
    const bool works = !works_.empty() || (!records_.solved.empty() && dice_.one_in(4));
    if (works && dice_.one_in(2)) {
      work();
    } else {
      buy();
    }
  } else {
    const std::size_t credential =
        settings_.stubborn ? purse_.size() - 1 : dice_.below(purse_.size());
    const std::uint64_t what = dice_.below(11);
    if (settings_.stubborn || what < 5) {
      use(credential);
    } else if (what < 8 && faults.storm) {
      race(credential);
    } else if (what == 8) {
      probe_expiry(credential);
    } else if (what == 9) {
      act_oddly(credential);
    } else if (what == 10 && !records_.solved.empty()) {
      work();
    } else {
      buy();
    }
  }
  Duration longest = dice_.one_in(5) ? Duration(seconds(25)) : Duration(seconds(3));
  if (settings_.stubborn) longest = milliseconds(800);
  scheduler_.after(dice_.duration(milliseconds(1), longest), [this] { act(); });
}

void Caller::act_oddly(std::size_t credential) {
  using Show = Attempt::Show;
  static constexpr Show kOdd[] = {Show::tampered, Show::wrong_tool, Show::resealed, Show::unsealed};
  Attempt& attempt = show(credential, dice_.pick(kOdd), true);
  send(attempt, manners(), dice_.one_in(2));
}

void Caller::buy() {
  const std::string tool(dice_.pick(kTools));
  const std::string nonce = std::to_string(dice_.below(1'000'000'000));
  Attempt& attempt = new_attempt(tool, static_cast<int>(dice_.below(3)), nonce);
  send(attempt, manners(), dice_.one_in(2));
}

void Caller::use(std::size_t credential) {
  const Credential& used = purse_[credential];
  const bool needs_work = used.tool == "both" && (!used.work || used.work->shown);
  if (needs_work && !dice_.one_in(4)) {
    Attempt& asking = new_attempt(used.tool, used.surface, used.nonce);
    asking.asks_work_for = credential;
    return send(asking, manners(), dice_.one_in(2));
  }
  Attempt& attempt = show(credential, Attempt::Show::whole, !dice_.one_in(6));
  send(attempt, manners(), dice_.one_in(2));
}

void Caller::race(std::size_t credential) {
  const std::uint64_t ways = dice_.between(2, 4);
  for (std::uint64_t i = 0; i < ways; ++i) {
    Attempt& attempt = show(credential, Attempt::Show::whole, !dice_.one_in(4));
    send(attempt, manners(), true);
  }
}

/// A call that arrives about when the credential dies, or its invoice.
void Caller::probe_expiry(std::size_t credential) {
  const Credential& probed = purse_[credential];
  const bool invoice = !probed.bip122.empty() && dice_.one_in(2);
  const Duration left = (invoice ? probed.invoice_ends : probed.valid_until) - world_.wall();
  if (left < Duration::zero() || left > seconds(120)) return use(credential);
  const Duration wait = left + dice_.duration(-milliseconds(200), milliseconds(900));
  scheduler_.after(std::max(wait, Duration{}), [this, credential] {
    if (settings_.actions > -1) use(credential);
  });
}

Attempt& Caller::new_attempt(const std::string& tool, int surface, std::string nonce) {
  records_.attempts.push_back(std::make_unique<Attempt>());
  Attempt& attempt = *records_.attempts.back();
  attempt.number = records_.attempts.size();
  attempt.caller = settings_.number;
  attempt.tool = tool;
  attempt.surface = surface;
  attempt.nonce = std::move(nonce);
  return attempt;
}

std::vector<Rail> Caller::rails_of(const Credential& credential) const {
  std::vector<Rail> rails;
  const bool told = !credential.preimage.empty();
  if (!credential.macaroon.empty() && told) rails.push_back(Rail::l402);
  if (!credential.bip122.empty() && world_.takes_echo()) rails.push_back(Rail::echo);
  if (!credential.bip122.empty() && told) rails.push_back(Rail::echo_preimage);
  if (!credential.lnbtc.empty() && told) rails.push_back(Rail::preimage);
  if (credential.charge && told) rails.push_back(Rail::charge);
  return rails;
}

Attempt& Caller::show(std::size_t number, Attempt::Show how, bool same_request) {
  Credential& shown = purse_[number];
  if (!shown.paid && shown.preimage.empty()) {
    const auto peeked = world_.wallet().peek(shown.invoice);
    if (peeked) shown.preimage = hex(peeked->reveal());
    shown.fits = peeked.has_value();
    if (peeked) records_.secrets.insert(shown.preimage);
  }
  const std::vector<Rail> rails = rails_of(shown);
  std::vector<Rail> sealed;
  if (!shown.bip122.empty()) sealed.push_back(Rail::echo);
  if (shown.charge && !shown.preimage.empty()) sealed.push_back(Rail::charge);
  if (how == Attempt::Show::resealed && sealed.empty()) how = Attempt::Show::wrong_tool;
  std::string tool = shown.tool;
  const bool elsewhere = how == Attempt::Show::wrong_tool || how == Attempt::Show::resealed;
  while (elsewhere && tool == shown.tool) tool = dice_.pick(kOthers);
  if (how == Attempt::Show::whole && !shown.paid) how = Attempt::Show::unpaid;
  std::string nonce = shown.nonce;
  if (!same_request) nonce = std::to_string(dice_.below(1'000'000'000));
  Attempt& attempt = new_attempt(tool, shown.surface, nonce);
  if (rails.empty()) return attempt;  // nothing to show: asks what it costs
  attempt.show = how;
  attempt.rail = dice_.pick(how == Attempt::Show::resealed ? sealed : rails);
  attempt.hash = shown.hash;
  attempt.credential = number;
  attempt.fits = shown.fits;
  ++shown.shown;
  if (tool == "both") attach_work(attempt, shown);
  if (attempt.may_pass() && attempt.rail != Rail::charge && dice_.one_in(4)) show_beside(attempt);
  return attempt;
}

/// By the Payment scheme on the same request: the same payment mostly, or another.
void Caller::show_beside(Attempt& attempt) {
  const std::size_t number = dice_.one_in(3) ? dice_.below(purse_.size()) : *attempt.credential;
  const Credential& second = purse_[number];
  if (second.charge && !second.preimage.empty()) attempt.beside = number;
}

/// Fresh work once, then the same again now and then: that has to spend nothing.
void Caller::attach_work(Attempt& attempt, Credential& credential) {
  if (!credential.work) return;
  attempt.work = *credential.work;
  credential.work->shown = true;
}

Attempt& Caller::claim(std::size_t credential, Rail rail) {
  Attempt& attempt = show(credential, Attempt::Show::whole, true);
  attempt.rail = rail;
  attempt.beside.reset();
  attempt.claim = true;
  send(attempt, {}, true);
  return attempt;
}

Attempt& Caller::ask_for_work(std::size_t credential) {
  const Credential& asking = purse_[credential];
  Attempt& attempt = new_attempt(asking.tool, asking.surface, asking.nonce);
  attempt.asks_work_for = credential;
  send(attempt, {}, true);
  return attempt;
}

// ---- work
// ----------------------------------------------------------------------------------

/// Its own work, once or again, or somebody else's.
void Caller::work() {
  const bool own = !works_.empty() && !dice_.one_in(6);
  std::vector<SolvedWork>& from = own ? works_ : records_.solved;
  if (from.empty()) return buy();
  const std::size_t number = dice_.one_in(2) ? from.size() - 1 : dice_.below(from.size());
  const std::uint64_t ways = dice_.one_in(4) ? dice_.between(2, 4) : 1;
  const Duration left = from[number].ends - world_.wall();
  if (dice_.one_in(6) && left > Duration::zero() && left < seconds(60)) {
    SolvedWork late = from[number];
    const Duration wait = left + dice_.duration(-milliseconds(200), milliseconds(900));
    scheduler_.after(std::max(wait, Duration{}), [this, late]() mutable {
      if (settings_.actions < 0) return;
      Attempt& attempt = show_work(late);
      send(attempt, {}, true);
    });
    return;
  }
  for (std::uint64_t i = 0; i < ways; ++i) {
    Attempt& attempt = show_work(from[number]);
    send(attempt, manners(), ways > 1 || dice_.one_in(2));
  }
}

Attempt& Caller::show_work(SolvedWork& work) {
  const bool elsewhere = dice_.one_in(5) || work.tool == "both";
  const std::string tool =
      !elsewhere ? work.tool : std::string(work.tool == "work" ? "either" : "work");
  Attempt& attempt =
      new_attempt(tool, work.surface, std::to_string(dice_.below(1'000'000'000'000)));
  attempt.show = elsewhere ? Attempt::Show::wrong_tool : Attempt::Show::whole;
  attempt.work = work;
  attempt.work_altered = dice_.one_in(8);
  if (attempt.work_altered) attempt.work->nonces = unsolved(*attempt.work);
  work.shown = true;
  return attempt;
}

Caller::Manners Caller::manners() {
  Manners manners;
  manners.pipelined = dice_.one_in(5);
  if (!faults.hangups) return manners;
  switch (dice_.below(settings_.stubborn ? 3 : 8)) {
    case 0:
      manners.leave_after = dice_.duration(Duration{}, milliseconds(40));
      break;
    case 1:
      manners.leave_after = dice_.duration(Duration{}, seconds(2));
      break;
    case 2:
      manners.read_only = dice_.below(1200);
      break;
    case 3:
      manners.send_only = dice_.below(1500);
      break;
    case 4:
      manners.half_close = true;
      break;
    default:
      break;
  }
  return manners;
}

void Caller::send(Attempt& attempt, const Manners& manners, bool fresh_line) {
  CallerLine* line = nullptr;
  for (const auto& each : lines_) {
    const bool fits = manners.pipelined ? each->alive() : each->usable();
    if (!fresh_line && fits) line = each.get();
  }
  if (line == nullptr) {
    lines_.push_back(std::make_unique<CallerLine>(*this, lines_.size()));
    line = lines_.back().get();
    line->open(world_.dial_gate(settings_.address, *line));
  }
  const std::string request = request_of(attempt);
  attempt.began = clock_.tick();
  attempt.wall_sent = world_.wall();
  attempt.back_steps = clock_.back_steps();
  ++open_;
  trace_.say("caller {} attempt {} {} n={} show={} rail={}{} surface={} hash={} work={}",
             settings_.number, attempt.number, attempt.tool, attempt.nonce, int(attempt.show),
             int(attempt.rail), attempt.beside ? " and 4" : "", attempt.surface,
             attempt.hash ? hex(attempt.hash->view().first(4)) : "-",
             attempt.work ? attempt.work->challenge.substr(28, 8) : "-");
  line->ask(attempt, request, manners.send_only, manners.read_only, manners.half_close);
  if (manners.leave_after) {
    const bool abruptly = dice_.one_in(2);
    scheduler_.after(*manners.leave_after, [line, abruptly] { line->leave(abruptly); });
  }
  scheduler_.after(seconds(60), [line, &attempt] {
    if (!attempt.done) line->leave(true);
  });
}

void Caller::finished(Attempt& attempt) {
  --open_;
  attempt.ended = clock_.tick();
  trace_.say("caller {} attempt {} ends: {} {} {}{}", settings_.number, attempt.number,
             attempt.complete ? "whole" : "cut", attempt.status,
             cut_out(attempt.body, "\"code\":\"", '"').value_or(""),
             attempt.result ? " result" : "");
  world_.attempt_done(attempt);
  if (attempt.complete && attempt.show == Attempt::Show::nothing) take_challenge(attempt);
}

// ---- what a refusal offers
// ------------------------------------------------------------------

/// Solves the work that a refusal asks for.
std::optional<SolvedWork> Caller::take_work(const Attempt& attempt) {
  const std::string offer = json_behind(attempt.body, "\"pow\":");
  if (offer.empty()) return std::nullopt;
  SolvedWork work;
  work.tool = attempt.tool;
  work.challenge = cut_out(offer, "\"challenge\":\"", '"').value_or("");
  work.nonces = solve(offer);
  work.ends = end_of_challenge(work.challenge);
  work.surface = attempt.surface;
  records_.work[work.challenge] = {attempt.tool, settings_.address.client_class(),
                                   start_of(attempt.request_id), work.ends};
  records_.solved.push_back(work);
  return work;
}

void Caller::take_challenge(const Attempt& attempt) {
  const auto work = take_work(attempt);
  if (attempt.asks_work_for) {
    if (!work) return;
    purse_[*attempt.asks_work_for].work = work;
    if (settings_.actions > 0) use(*attempt.asks_work_for);
    return;
  }
  const auto invoice = cut_out(attempt.body, "\"invoice\":\"", '"');
  const bool by_work = work && attempt.tool != "both";
  if (by_work && (!invoice || dice_.one_in(2))) {
    works_.push_back(*work);
    if (dice_.percent(80)) {
      Attempt& shown = show_work(works_.back());
      send(shown, manners(), dice_.one_in(2));
    }
    return;
  }
  if (!invoice) return;
  Credential credential;
  credential.tool = attempt.tool;
  credential.macaroon = cut_out(attempt.body, "\"macaroon\":\"", '"').value_or("");
  credential.invoice = *invoice;
  add_offers(json_behind(attempt.body, "\"accepts\":"), credential);
  const auto terms = bolt::read_issued(*invoice);
  if (!terms) return;
  credential.hash = terms->payment_hash;
  credential.invoice_made = terms->timestamp;
  credential.invoice_ends = bolt::expires_at(*terms);
  credential.valid_until = end_of(credential.macaroon);
  credential.address = settings_.address.client_class();
  credential.nonce = attempt.nonce;
  credential.surface = attempt.surface;
  credential.work = work;
  credential.charge = attempt.charge;
  if (attempt.charge) {
    credential.charge_ends = time_from_rfc3339(attempt.charge->expires).value_or(Time::max());
  }
  world_.offer_seen(credential);
  const auto known = std::ranges::find(purse_, credential.invoice, &Credential::invoice);
  if (known != purse_.end()) return;  // the same challenge again
  Offered& offered = records_.offered[credential.hash];
  offered.tool = credential.tool;
  offered.nonce = credential.nonce;
  offered.ends = std::max(offered.ends, credential.valid_until);
  offered.invoice_ends = credential.invoice_ends;
  offered.charge_ends = std::max(offered.charge_ends, credential.charge_ends);
  offered.amount = terms->amount.value_or(Msat());
  purse_.push_back(std::move(credential));
  const std::size_t number = purse_.size() - 1;
  if (dice_.one_in(10)) return;  // never pays
  if (dice_.one_in(8)) use(number);
  scheduler_.after(dice_.duration(milliseconds(1), seconds(1)), [this, number] { pay(number, 5); });
}

void Caller::pay(std::size_t number, int tries) {
  const auto paid = world_.wallet().pay(purse_[number].invoice);
  const bool again = !paid || (!paid->fits && dice_.one_in(2));
  if (again && tries > 0) {
    scheduler_.after(seconds(2), [=, this] { pay(number, tries - 1); });
  }
  if (!paid) return;
  Credential& credential = purse_[number];
  const bool first = !std::exchange(credential.paid, true);
  credential.preimage = hex(paid->preimage.reveal());
  credential.fits = paid->fits;
  records_.secrets.insert(credential.preimage);
  trace_.say("caller {} paid {} for {}{}", settings_.number, hex(credential.hash.view().first(4)),
             credential.tool, credential.fits ? "" : ", preimage does not fit");
  if (first && settings_.actions > 0 && dice_.percent(70)) use(number);
}

}  // namespace tollhouse::sim
