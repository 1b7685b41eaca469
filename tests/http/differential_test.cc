// tests/http: against llhttp in strict mode. Goal: of what we accept, whoever else accepts it reads
// the same requests (reliability-security.md 5.2). Method: the vectors and mutants of them.
#include <random>

#include "cases.h"
#include "driver.h"
#include "http/characters.h"
#include "support/precompiled.h"

#ifdef TOLLHOUSE_LLHTTP
#include <llhttp.h>
#endif

namespace tollhouse::http::test {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::vector<std::string> smuggling_bytes() {
  std::vector<std::string> all;
  for (const auto& c : cases_of("http/smuggling.json")) {
    std::string bytes = bytes_of_case(c);
    if (bytes.size() < 2000) all.push_back(std::move(bytes));
  }
  return all;
}

/// A few bytes changed, cut, doubled or taken from elsewhere. The same seed gives the same mutants.
class Mutator {
 public:
  Mutator() : sources_(smuggling_bytes()) {}

  std::string next() {
    std::string bytes = sources_[below(sources_.size())];
    for (std::size_t changes = 1 + below(3); changes != 0; --changes) change(bytes);
    return bytes;
  }
  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  void change(std::string& bytes) {
    static constexpr std::string_view kPieces[] = {"\r\n",
                                                   "\n",
                                                   "\r",
                                                   " ",
                                                   "\t",
                                                   ":",
                                                   ",",
                                                   ";",
                                                   "0",
                                                   "1",
                                                   "f",
                                                   "_",
                                                   "-",
                                                   "\"",
                                                   "\\",
                                                   "=",
                                                   "HTTP/1.1",
                                                   "HTTP/1.0",
                                                   "chunked",
                                                   "Content-Length: 3\r\n",
                                                   "Transfer-Encoding: chunked\r\n",
                                                   "Host: b\r\n",
                                                   "\r\n\r\n",
                                                   "0\r\n\r\n",
                                                   "Connection: close\r\n",
                                                   "?",
                                                   "http://gate.example"};
    const std::size_t at = below(bytes.size() + 1);
    switch (below(5)) {
      case 0:
        bytes.insert(at, kPieces[below(std::size(kPieces))]);
        break;
      case 1:
        bytes.erase(at, 1 + below(4));
        break;
      case 2:
        if (at < bytes.size()) bytes[at] = static_cast<char>(below(256));
        break;
      case 3: {
        const std::string& other = sources_[below(sources_.size())];
        const std::size_t from = below(other.size());
        bytes.insert(at, other.substr(from, 1 + below(40)));
        break;
      }
      default:
        bytes.insert(at, bytes.substr(at, 1 + below(20)));
    }
  }

  std::mt19937 random_{20260217};
  std::vector<std::string> sources_;
};

TEST(Differential, VerdictOfMutantsDoesNotDependOnSplits) {
  Mutator mutator;
  for (int i = 0; i < 20'000; ++i) {
    const std::string bytes = mutator.next();
    const Conversation whole = converse(bytes, {});
    ASSERT_EQ(converse(bytes, Split(bytes.size(), 1)), whole) << bytes;
    const std::size_t first = mutator.below(bytes.size() + 1);
    ASSERT_EQ(converse(bytes, {first, mutator.below(9), mutator.below(9)}), whole) << bytes;
  }
}

#ifdef TOLLHOUSE_LLHTTP

/// What llhttp makes of a connection.
struct Oracle {
  llhttp_settings_t settings{};
  llhttp_t parser{};
  std::vector<SeenRequest> requests;
  SeenRequest current;
  bool in_value = false;
  bool failed = false;

  Oracle() {
    llhttp_settings_init(&settings);
    settings.on_message_begin = [](llhttp_t* p) { return self(p).begin(); };
    settings.on_url = [](llhttp_t* p, const char* at, std::size_t n) {
      self(p).current.target.append(at, n);
      return 0;
    };
    settings.on_header_field = [](llhttp_t* p, const char* at, std::size_t n) {
      return self(p).name(at, n);
    };
    settings.on_header_value = [](llhttp_t* p, const char* at, std::size_t n) {
      return self(p).value(at, n);
    };
    settings.on_headers_complete = [](llhttp_t* p) { return self(p).head(); };
    settings.on_body = [](llhttp_t* p, const char* at, std::size_t n) {
      self(p).current.body.append(at, n);
      return 0;
    };
    settings.on_message_complete = [](llhttp_t* p) { return self(p).complete(); };
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    parser.data = this;
  }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  static Oracle& self(llhttp_t* p) { return *static_cast<Oracle*>(p->data); }
  int begin() {
    current = {};
    head_done = false;
    in_value = false;
    return 0;
  }
  int name(const char* at, std::size_t n) {
    if (head_done) return 0;  // a trailer
    if (in_value || current.all_fields.empty()) current.all_fields.emplace_back();
    in_value = false;
    current.all_fields.back().first.append(at, n);
    return 0;
  }
  int value(const char* at, std::size_t n) {
    if (head_done) return 0;
    in_value = true;
    current.all_fields.back().second.append(at, n);
    return 0;
  }
  int head() {
    head_done = true;
    current.method = llhttp_method_name(static_cast<llhttp_method_t>(parser.method));
    current.minor_version = parser.http_minor;
    return 0;
  }
  int complete() {
    requests.push_back(current);
    return 0;
  }
  void run(std::string_view bytes) {
    const auto result = llhttp_execute(&parser, bytes.data(), bytes.size());
    failed = result != HPE_OK && result != HPE_PAUSED_UPGRADE;
  }
  bool head_done = false;
};

/// What both must agree on.
SeenRequest comparable(SeenRequest request) {
  Fields kept;
  for (auto& [name, value] : request.all_fields) {
    const bool dropped =
        name.find('_') != std::string::npos && !starts_with_ignoring_case(name, "mcp-param-");
    if (!dropped) kept.emplace_back(name, std::string(trimmed(value)));
  }
  request.all_fields = std::move(kept);
  request.fields.clear();
  request.keep_alive = true;
  request.expect_continue = false;
  return request;
}

/// Requests we accepted and llhttp did not see at all; each that it did see must be the same.
std::size_t expect_agreement(const std::string& bytes) {
  const Conversation ours = converse(bytes, {});
  Oracle oracle;
  oracle.run(bytes);
  const std::size_t common = std::min(ours.requests.size(), oracle.requests.size());
  for (std::size_t i = 0; i < common; ++i) {
    EXPECT_EQ(comparable(ours.requests[i]), comparable(oracle.requests[i])) << bytes;
  }
  return ours.requests.size() - common;
}

TEST(Differential, LlhttpReadsVectorsAlike) {
  for (const auto& c : cases_of("http/smuggling.json")) {
    SCOPED_TRACE(c["id"].get<std::string>());
    const std::size_t unseen = expect_agreement(bytes_of_case(c));
    // llhttp 8 refuses blanks behind a coding or a length (ok-08, ok-09) and, before 8.1.1, quoted
    // chunk extensions (ok-05).
    const auto& others = c.value("others", nlohmann::json::object());
    const bool refused_there = others.value("node20-llhttp", "").find("400") != std::string::npos;
    EXPECT_TRUE(unseen == 0 || refused_there || c["id"] == "ok-05") << unseen;
  }
}

TEST(Differential, LlhttpReadsMutantsAlike) {
  Mutator mutator;
  for (int i = 0; i < 50'000 && !testing::Test::HasFailure(); ++i) expect_agreement(mutator.next());
}

#else
#error "the oracle llhttp is missing: scripts/setup installs node-llhttp"
#endif

}  // namespace
}  // namespace tollhouse::http::test
