// tests/process: the caller's side: a blocking HTTP/1.1 connection that says what came, byte-true,
// and never waits longer than kPatience.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollhouse::test {

/// Long enough never to be met, short enough to end a test that hangs.
inline constexpr std::chrono::seconds kPatience{20};

struct HttpAnswer {
  int status = 0;  ///< 0: the connection ended before a whole head
  std::vector<std::pair<std::string, std::string>> fields;
  std::string head;    ///< as it came, with the empty line
  std::string body;    ///< decoded
  bool whole = false;  ///< the body ended as its framing says

  /// First value of that name, any case; empty where there is none.
  std::string field(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

/// Two ends of loopback; `source` chooses the client that limits see (127.0.0.N).
class HttpConnection {
 public:
  explicit HttpConnection(std::uint16_t port, int source = 1);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  bool connected() const { return socket_ >= 0; }
  bool send(std::string_view bytes);
  /// Head and body of the next final answer; 100 is passed over and counted.
  HttpAnswer read_answer(bool to_head = false);
  /// Piece by piece, for streams: the head, then each next decoded piece; empty at the end.
  HttpAnswer read_head();
  std::string read_piece();
  bool ended_whole() const { return ended_whole_; }
  int interim_answers() const { return interim_; }
  /// Nothing more will come: the peer has closed.
  bool at_end();
  void close();
  /// Ends the connection with a reset, as a caller that was killed.
  void reset();

 private:
  bool fill();
  std::optional<std::string> line();

  int socket_ = -1;
  std::string buffer_;
  enum class Framing { none, length, chunked, until_close } framing_ = Framing::none;
  std::size_t left_ = 0;
  bool ended_whole_ = false;
  int interim_ = 0;
};

/// A port of loopback that is taken and refuses connections.
class ReservedPort {
 public:
  ReservedPort();
  ~ReservedPort();
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

/// One request with its body.
struct HttpRequest {
  std::string method = "POST";
  std::string target = "/mcp";
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  int source = 1;
  std::string text() const;
};

/// On a connection of its own.
HttpAnswer send_request(std::uint16_t port, const HttpRequest& request);

}  // namespace tollhouse::test
