// Fuzz: forwarding fields of a trusted proxy. Whatever they say, the client is the peer or an
// address that can be written, and never a trusted proxy while a stranger stands right of it.
#include <cstdlib>
#include <memory>
#include <string>

#include "gate/client_address.h"
#include "http/head.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tollhouse;
  std::string bytes = "POST /mcp HTTP/1.1\r\nHost: localhost\r\n";
  bytes.append(reinterpret_cast<const char*>(data), size);
  bytes += "\r\n\r\n";
  const auto head = std::make_unique<http::RequestHead>();
  http::RequestHeadReader reader{http::Limits{}};
  if (reader.step(bytes, *head) != http::RequestHeadReader::Status::complete) return 0;
  const io::Endpoint peer = io::Endpoint::ipv4({10, 0, 0, 1}, 1);
  const std::array<gate::AddressRange, 1> trusted{*gate::AddressRange::parse("10.0.0.0/8")};
  const io::Endpoint client = gate::client_of(peer, head->fields, trusted);
  if (client != peer && client.address_text().empty()) std::abort();
  if (gate::client_of(peer, head->fields, {}) != peer) std::abort();
  return 0;
}
