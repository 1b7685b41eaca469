// Mirrors src/gate/client_address.cc. Goal: nobody but a trusted proxy says who a caller is.
#include "gate/client_address.h"

#include "http/head.h"
#include "support/precompiled.h"

namespace tollhouse::gate {
namespace {

struct Request {
  std::string bytes;
  http::RequestHead head;
};

std::unique_ptr<Request> request_with(const std::string& fields) {
  auto made = std::make_unique<Request>();
  made->bytes = "POST /mcp HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
  http::RequestHeadReader reader{http::Limits{}};
  EXPECT_EQ(reader.step(made->bytes, made->head), http::RequestHeadReader::Status::complete);
  return made;
}

std::vector<AddressRange> ranges(std::initializer_list<std::string_view> texts) {
  std::vector<AddressRange> made;
  for (const std::string_view text : texts) made.push_back(AddressRange::parse(text).value());
  return made;
}

TEST(AddressRange, HoldsWhatItsBitsSay) {
  const struct {
    std::string_view range;
    std::string_view address;
    bool held;
  } rows[] = {
      {"10.0.0.0/8", "10.255.0.1", true},
      {"10.0.0.0/8", "11.0.0.1", false},
      {"192.168.4.0/22", "192.168.7.9", true},
      {"192.168.4.0/22", "192.168.8.0", false},
      {"127.0.0.1", "127.0.0.1", true},
      {"127.0.0.1", "127.0.0.2", false},
      {"0.0.0.0/0", "8.8.8.8", true},
      {"0.0.0.0/0", "::1", false},
      {"2001:db8::/33", "2001:db8:7fff::1", true},
      {"2001:db8::/33", "2001:db8:8000::1", false},
      {"::1", "::1", true},
  };
  for (const auto& row : rows) {
    const auto range = AddressRange::parse(row.range);
    ASSERT_TRUE(range) << row.range;
    EXPECT_EQ(range->holds(*io::Endpoint::parse_address(row.address, 1)), row.held)
        << row.range << " " << row.address;
  }
  EXPECT_TRUE(AddressRange::parse("unix")->holds(io::Endpoint::unix_path_at("")));
  EXPECT_FALSE(AddressRange::parse("unix")->holds(io::Endpoint::ipv4({127, 0, 0, 1}, 1)));
  for (const char* bad : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "::/129",
                          "gate.example", "10.0.0/8", "unix:"}) {
    EXPECT_FALSE(AddressRange::parse(bad)) << bad;
  }
}

TEST(ClientAddress, R_SEC_6_TheRightMostAddressThatIsNoTrustedProxy) {
  const auto trusted = ranges({"10.0.0.0/8", "fd00::/8"});
  const struct {
    std::string fields;
    std::string_view client;
  } rows[] = {
      {"", "10.0.0.1"},
      {"X-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7"},
      {"X-Forwarded-For: 203.0.113.9, 192.0.2.7\r\n", "192.0.2.7"},
      {"X-Forwarded-For: 203.0.113.9, 192.0.2.7, 10.9.9.9\r\n", "192.0.2.7"},
      {"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7"},
      {"X-Forwarded-For: 10.1.1.1,10.2.2.2\r\n", "10.1.1.1"},
      {"X-Forwarded-For: 192.0.2.7:4711\r\n", "192.0.2.7"},
      {"X-Forwarded-For: 2001:db8::7\r\n", "2001:db8::7"},
      {"X-Forwarded-For: [2001:db8::7]:80, fd00::1\r\n", "2001:db8::7"},
      // What cannot be read ends the search at the hop that said it.
      {"X-Forwarded-For: 192.0.2.7, garbage\r\n", "10.0.0.1"},
      {"X-Forwarded-For: 192.0.2.7, garbage, 10.7.7.7\r\n", "10.7.7.7"},
      {"X-Forwarded-For: 192.0.2.7,\r\n", "10.0.0.1"},
      {"X-Forwarded-For: 192.0.2.7, unknown\r\n", "10.0.0.1"},
      {"X-Forwarded-For: 192.0.2.7 192.0.2.8\r\n", "10.0.0.1"},
      {"Forwarded: for=192.0.2.7;proto=https\r\n", "192.0.2.7"},
      {"Forwarded: For=\"[2001:db8::7]:4711\"\r\n", "2001:db8::7"},
      {"Forwarded: for=203.0.113.9, proto=http; by=10.0.0.1 ;for=192.0.2.7\r\n", "192.0.2.7"},
      {"Forwarded: for=192.0.2.7, for=unknown\r\n", "10.0.0.1"},
      {"Forwarded: for=192.0.2.7, for=_hidden\r\n", "10.0.0.1"},
      {"Forwarded: by=192.0.2.7\r\n", "10.0.0.1"},
      {"Forwarded: for=\"192.0.2.7\r\n", "10.0.0.1"},
      // One of two fields may be the caller's own: they must agree.
      {"Forwarded: for=192.0.2.7\r\nX-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7"},
      {"Forwarded: for=192.0.2.7\r\nX-Forwarded-For: 192.0.2.8\r\n", "10.0.0.1"},
      {"X-Real-IP: 192.0.2.7\r\n", "10.0.0.1"},
  };
  const io::Endpoint peer = io::Endpoint::ipv4({10, 0, 0, 1}, 999);
  for (const auto& row : rows) {
    const auto request = request_with(row.fields);
    EXPECT_EQ(client_of(peer, request->head.fields, trusted).address_text(), row.client)
        << row.fields;
  }
}

TEST(ClientAddress, R_SEC_6_AStrangersWordIsNotHeard) {
  const auto request = request_with("X-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\n");
  const io::Endpoint stranger = io::Endpoint::ipv4({192, 0, 2, 1}, 999);
  EXPECT_EQ(client_of(stranger, request->head.fields, ranges({"10.0.0.0/8"})), stranger);
  EXPECT_EQ(client_of(stranger, request->head.fields, {}), stranger);
  const io::Endpoint local = io::Endpoint::unix_path_at("");
  EXPECT_EQ(client_of(local, request->head.fields, ranges({"10.0.0.0/8"})), local);
  EXPECT_EQ(client_of(local, request->head.fields, ranges({"unix"})).address_text(), "127.0.0.1");
}

TEST(ClientAddress, ALongChainIsNotWalkedToItsEnd) {
  std::string chain = "192.0.2.7";
  for (int i = 0; i < 100; ++i) chain += ", 10.1.1." + std::to_string(i);
  const auto request = request_with("X-Forwarded-For: " + chain + "\r\n");
  const io::Endpoint peer = io::Endpoint::ipv4({10, 0, 0, 1}, 999);
  EXPECT_EQ(client_of(peer, request->head.fields, ranges({"10.0.0.0/8"})).address_text(),
            "10.1.1.68");
}

TEST(TravelsInPrivate, OnlyThisMachineOrATrustedProxysHttps) {
  const struct {
    const char* peer;
    const char* fields;
    bool in_private;
  } rows[] = {
      {"127.0.0.1", "", true},
      {"::1", "", true},
      {"192.0.2.1", "", false},
      {"192.0.2.1", "X-Forwarded-Proto: https\r\n", false},
      {"127.0.0.1", "X-Forwarded-Proto: http\r\n", true},
      {"10.0.0.1", "", false},
      {"10.0.0.1", "X-Forwarded-Proto: https\r\n", true},
      {"10.0.0.1", "X-Forwarded-Proto: HTTPS\r\n", true},
      {"10.0.0.1", "X-Forwarded-Proto: http\r\n", false},
      {"10.0.0.1", "X-Forwarded-Proto: https, http\r\n", false},
      {"10.0.0.1", "Forwarded: for=192.0.2.1;proto=https\r\n", true},
      {"10.0.0.1", "Forwarded: for=192.0.2.1; PROTO=\"https\"\r\n", true},
      {"10.0.0.1", "Forwarded: for=192.0.2.1\r\n", false},
      {"10.0.0.1", "Forwarded: proto=https\r\nX-Forwarded-Proto: http\r\n", false},
      {"10.0.0.1", "Forwarded: proto=http\r\nX-Forwarded-Proto: https\r\n", false},
      {"::2", "X-Forwarded-Proto: https\r\n", true},
      {"::2", "X-Forwarded-Proto: http\r\n", false},
  };
  const auto trusted = ranges({"10.0.0.0/8", "::2"});
  for (const auto& row : rows) {
    const auto request = request_with(row.fields);
    const auto peer = *io::Endpoint::parse_address(row.peer, 1);
    EXPECT_EQ(travels_in_private(peer, request->head.fields, trusted), row.in_private)
        << row.peer << " " << row.fields;
  }
  const auto request = request_with("X-Forwarded-Proto: http\r\n");
  const auto own = ranges({"127.0.0.1"});
  EXPECT_FALSE(
      travels_in_private(*io::Endpoint::parse_address("127.0.0.1", 1), request->head.fields, own));
}

}  // namespace
}  // namespace tollhouse::gate
