// tests/support: the HTTP below a protocol-true double: a listener on a free port of loopback,
// kept connections, a thread for each, with TLS where the double has a certificate. What is
// answered, the double says.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tollhouse::test {

struct DoubleRequest {
  std::string method;
  std::string path;  ///< with its query
  std::string head;  ///< the whole of it
  std::string body;
  /// Empty where there is none.
  std::string field(const std::string& name) const;
};

/// A connection, in the clear or not.
class DoubleLine {
 public:
  virtual ~DoubleLine() = default;
  /// Bytes that came; zero or less: it is closed.
  virtual long receive(char* data, std::size_t size) = 0;
  virtual bool send(const std::string& bytes) = 0;
};

struct DoubleReply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::string location{};  ///< of a redirect
  /// In place of an answer: says everything from here on, and the connection ends with it.
  std::function<void(DoubleLine&)> takes_over{};
};

/// A certificate for 127.0.0.1 and localhost, signed by itself, as LND makes one, and its key.
class OwnCertificate {
 public:
  OwnCertificate();
  ~OwnCertificate();
  OwnCertificate(const OwnCertificate&) = delete;
  OwnCertificate& operator=(const OwnCertificate&) = delete;
  const std::string& pem() const { return pem_; }

 private:
  friend class HttpDouble;
  void* context_ = nullptr;  ///< SSL_CTX
  std::string pem_;
};

class HttpDouble {
 public:
  /// Nothing: the connection is closed without an answer. Called from many threads.
  using Answer = std::function<std::optional<DoubleReply>(const DoubleRequest&)>;

  /// `certificate` outlives this; null: plain http.
  explicit HttpDouble(Answer answer, const OwnCertificate* certificate = nullptr);
  ~HttpDouble() { stop(); }
  HttpDouble(const HttpDouble&) = delete;
  HttpDouble& operator=(const HttpDouble&) = delete;

  std::string url() const;
  /// On the same port as before. Changing `certificate` is for a node that renewed its own.
  void start();
  void start_with(const OwnCertificate* certificate);
  /// Ends with all its connections. An answer that waits must have been woken before.
  void stop();

 private:
  class Line;
  void accept();
  void serve(int socket, const OwnCertificate* certificate);
  void converse(Line& line);

  Answer answer_;
  const OwnCertificate* certificate_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::mutex mutex_;
  bool ending_ = false;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace tollhouse::test
