// cli: the MCP server of `demo`: knows nothing of money, answers a few tools, speaks plain HTTP on
// a loopback port of its own.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/endpoint.h"

namespace tollhouse::cli {

/// The answer to one JSON-RPC message; empty for a notification. Pure.
std::string sample_answer(std::string_view body);

class SampleServer {
 public:
  /// Listens on a free loopback port and serves until destroyed.
  static Result<std::unique_ptr<SampleServer>, std::string> start();
  ~SampleServer();
  const io::Endpoint& address() const;

 private:
  class Parts;
  explicit SampleServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tollhouse::cli
