// client: somebody who watches a call go its way: `call -v`, the demo, a test.
#pragma once
#include <string_view>

#include "client/solver.h"
#include "dialogue/offer.h"
#include "dialogue/reply.h"
#include "io/errand.h"

namespace tollhouse::client {

/// Each step as it happens, in order, on the caller's thread. What is seen holds secrets: show it
/// through dialogue/shown.h only.
class Witness {
 public:
  virtual ~Witness() = default;
  virtual void sent(std::string_view method, std::string_view url,
                    const std::vector<dialogue::FieldLine>& fields, std::string_view body) {
    static_cast<void>(method), static_cast<void>(url);
    static_cast<void>(fields), static_cast<void>(body);
  }
  virtual void received(const dialogue::Reply& reply) { static_cast<void>(reply); }
  virtual void failed(io::ErrandFault fault) { static_cast<void>(fault); }
  /// The gate asks for payment, and the offer is sound.
  virtual void asked(const dialogue::Offer& offer) { static_cast<void>(offer); }
  /// The wallet gave the right preimage.
  virtual void paid(const dialogue::Offer& offer, std::string_view wallet) {
    static_cast<void>(offer), static_cast<void>(wallet);
  }
  /// The call is worked for; then, ten times a second, how far that is.
  virtual void working(const pow::Puzzle& puzzle) { static_cast<void>(puzzle); }
  virtual void worked_on(const SolverProgress& progress) { static_cast<void>(progress); }
  virtual void worked(const Solved& solved) { static_cast<void>(solved); }
};

}  // namespace tollhouse::client
