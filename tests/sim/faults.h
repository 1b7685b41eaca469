// sim: what can go wrong in one world. Each seed switches most kinds off (swarm): rare pairs meet,
// and a failure is easier to read.
#pragma once
#include "sim/dice.h"

namespace tollhouse::sim {

struct Faults {
  bool pieces = false;          ///< bytes come in small pieces
  bool delays = false;          ///< slow lines
  bool resets = false;          ///< connections break at any byte
  bool hangups = false;         ///< callers leave
  bool connects = false;        ///< upstream refuses or answers late
  bool upstream = false;        ///< answers of every bad kind
  bool upstream_fails = false;  ///< and nothing but failures
  bool surplus = false;         ///< bytes behind an answer
  bool reused_drops = false;    ///< a kept connection breaks when it is used again
  bool wallet = false;
  bool wallet_words = false;      ///< its word about payments is wrong
  bool wallet_mints = false;      ///< it mints what was not asked for
  bool wallet_preimages = false;  ///< payers get preimages that do not fit
  bool clock = false;
  bool store = false;
  bool kills = false;
  bool power = false;  ///< kills lose what the kernel had
  bool coarse_clock = false;
  bool storm = false;  ///< callers race and replay more than they work

  static Faults of(std::uint64_t seed) {
    Dice dice(seed, "swarm");
    Faults faults;
    if (dice.one_in(12)) return faults;
    for (bool* kind :
         {&faults.pieces, &faults.delays, &faults.resets, &faults.hangups, &faults.connects,
          &faults.upstream, &faults.surplus, &faults.reused_drops, &faults.wallet, &faults.clock,
          &faults.store, &faults.kills, &faults.coarse_clock, &faults.storm}) {
      *kind = dice.one_in(3);
    }
    for (bool* kind : {&faults.wallet_words, &faults.wallet_mints, &faults.wallet_preimages}) {
      *kind = dice.one_in(5);
    }
    faults.upstream_fails = faults.upstream && dice.one_in(4);
    faults.power = faults.kills && dice.one_in(3);
    return faults;
  }
  std::string text() const {
    std::string all;
    const auto add = [&](bool on, std::string_view name) {
      if (on) all += (all.empty() ? "" : " ") + std::string(name);
    };
    add(pieces, "pieces");
    add(delays, "delays");
    add(resets, "resets");
    add(hangups, "hangups");
    add(connects, "connects");
    add(upstream, "upstream");
    add(upstream_fails, "upstream_fails");
    add(surplus, "surplus");
    add(reused_drops, "reused_drops");
    add(wallet, "wallet");
    add(wallet_words, "wallet_words");
    add(wallet_mints, "wallet_mints");
    add(wallet_preimages, "wallet_preimages");
    add(clock, "clock");
    add(store, "store");
    add(kills, "kills");
    add(power, "power");
    add(coarse_clock, "coarse_clock");
    add(storm, "storm");
    return all.empty() ? "none" : all;
  }
};

}  // namespace tollhouse::sim
