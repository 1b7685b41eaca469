// io: the errand thread.
#include "io/curl_errands.h"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <unordered_map>

#include "base/invariant.h"
#include "io/endpoint.h"

namespace tollhouse::io {
namespace {

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using FieldList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;
using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

/// One part of a URL; empty where it is absent.
std::string part_of(const Url& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
  return text;
}

bool is_loopback_host(std::string host) {
  if (host == "localhost") return true;
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  const auto address = Endpoint::parse_address(host, 0);
  return address && address->is_loopback();
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

bool is_field_safe(const ErrandField& field) {
  const auto breaks = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  return !field.name.empty() && field.name.find(':') == std::string::npos &&
         std::none_of(field.name.begin(), field.name.end(), breaks) &&
         std::none_of(field.value.begin(), field.value.end(), breaks);
}

ErrandFault fault_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
      return ErrandFault::refused;
    case CURLE_OPERATION_TIMEDOUT:
      return ErrandFault::timed_out;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
      return ErrandFault::tls;
    case CURLE_FILESIZE_EXCEEDED:
      return ErrandFault::too_large;
    case CURLE_URL_MALFORMAT:
      return ErrandFault::not_allowed;
    default:
      return ErrandFault::protocol;
  }
}

}  // namespace

bool errand_url_allowed(const std::string& text, bool allow_loopback) {
  const Url url(curl_url(), &curl_url_cleanup);
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return false;
  if (text.find('\0') != std::string::npos) return false;
  if (!part_of(url, CURLUPART_USER).empty() || !part_of(url, CURLUPART_PASSWORD).empty()) {
    return false;
  }
  const bool loopback = is_loopback_host(part_of(url, CURLUPART_HOST));
  const std::string scheme = part_of(url, CURLUPART_SCHEME);
  if (loopback && !allow_loopback) return false;
  return scheme == "https" || (scheme == "http" && loopback);
}

struct CurlErrands::Order {
  Errand errand;
  std::move_only_function<void(ErrandResult)> then;
};

/// One errand under way. Its address is what curl's callbacks get, so it does not move.
struct CurlErrands::Running {
  explicit Running(Order given) : order(std::move(given)) {}

  Order order;
  Easy easy{curl_easy_init(), &curl_easy_cleanup};
  FieldList fields{nullptr, &curl_slist_free_all};
  ErrandAnswer answer;
  std::size_t head_bytes = 0;
  bool plain_http = false;
  bool too_large = false;
  bool heard_enough = false;
  bool forbidden_address = false;

  template <class Value>
  void set(CURLoption option, Value value) {
    invariant(curl_easy_setopt(easy.get(), option, value) == CURLE_OK);
  }
  void prepare(const ErrandSettings& settings);
  void set_request();
  bool add_field(const std::string& line);
  bool address_allowed(const Endpoint& endpoint) const;
  ErrandResult result(CURLcode code);

  static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t take_field(char* data, std::size_t size, std::size_t count, void* self);
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
};

bool CurlErrands::Running::add_field(const std::string& line) {
  curl_slist* longer = curl_slist_append(fields.get(), line.c_str());
  if (longer == nullptr) return false;
  // The list is lengthened in place: what was held is the beginning of `longer`, or is `longer`.
  curl_slist* const held = fields.release();
  invariant(held == nullptr || held == longer);
  fields.reset(longer);
  return true;
}

void CurlErrands::Running::set_request() {
  const Errand& errand = order.errand;
  set(CURLOPT_URL, errand.url.c_str());
  for (const ErrandField& field : errand.fields) {
    // "Name;" is curl's way to write a field with an empty value.
    add_field(field.value.empty() ? field.name + ";" : field.name + ": " + field.value);
  }
  add_field("Expect:");
  const bool has_body = !errand.body.empty() || errand.method == "POST" || errand.method == "PUT" ||
                        errand.method == "PATCH";
  if (has_body) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(errand.body.size()));
    set(CURLOPT_POSTFIELDS, errand.body.data());
  }
  if (errand.method == "HEAD") set(CURLOPT_NOBODY, 1L);
  set(CURLOPT_CUSTOMREQUEST, errand.method.c_str());
  set(CURLOPT_HTTPHEADER, fields.get());
}

void CurlErrands::Running::prepare(const ErrandSettings& settings) {
  const Errand& errand = order.errand;
  plain_http = errand.url.size() > 5 && (errand.url[4] == ':');
  set_request();
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(errand.timeout).count();
  set(CURLOPT_TIMEOUT_MS, std::max<long>(1, static_cast<long>(milliseconds)));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, plain_http ? "http" : "https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_PROXY, settings.proxy.c_str());  // "" also switches the environment's proxy off
  set(CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
  set(CURLOPT_USERAGENT, settings.user_agent.c_str());
  if (!errand.trusted_certificates.empty()) {
    curl_blob blob{};
    blob.data = const_cast<char*>(errand.trusted_certificates.data());
    blob.len = errand.trusted_certificates.size();
    blob.flags = CURL_BLOB_COPY;
    set(CURLOPT_CAINFO_BLOB, &blob);
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
  set(CURLOPT_WRITEFUNCTION, &Running::take_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_HEADERFUNCTION, &Running::take_field);
  set(CURLOPT_HEADERDATA, this);
  if (settings.proxy.empty()) {
    set(CURLOPT_OPENSOCKETFUNCTION, &Running::open_socket);
    set(CURLOPT_OPENSOCKETDATA, this);
  }
  // A kept connection is not checked again: a URL from the network gets one of its own.
  if (!errand.allow_loopback) set(CURLOPT_FRESH_CONNECT, 1L);
  if (errand.bytes_enough > 0) {
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));  // later ones know no 101
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
  }
  set(CURLOPT_PRIVATE, this);
}

std::size_t CurlErrands::Running::take_body(char* data, std::size_t size, std::size_t count,
                                            void* self) {
  Running& running = *static_cast<Running*>(self);
  const std::size_t bytes = size * count;
  if (bytes > running.order.errand.bytes_max - running.answer.body.size()) {
    running.too_large = true;
    return 0;
  }
  running.answer.body.append(data, bytes);
  const std::size_t enough = running.order.errand.bytes_enough;
  running.heard_enough = enough > 0 && running.answer.body.size() >= enough;
  return running.heard_enough ? 0 : bytes;  // 0 ends the connection
}

std::size_t CurlErrands::Running::take_field(char* data, std::size_t size, std::size_t count,
                                             void* self) {
  Running& running = *static_cast<Running*>(self);
  const std::size_t bytes = size * count;
  running.head_bytes += bytes;
  if (running.head_bytes > kErrandHeadBytesMax) {
    running.too_large = true;
    return 0;
  }
  std::string_view line(data, bytes);
  if (line.starts_with("HTTP/")) running.answer.fields.clear();  // of an interim answer
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return bytes;
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  running.answer.fields.push_back({std::string(line.substr(0, colon)), std::string(value)});
  return bytes;
}

/// The address itself is checked, after the look-up, so that no name can lead elsewhere.
bool CurlErrands::Running::address_allowed(const Endpoint& endpoint) const {
  if (endpoint.is_loopback()) return order.errand.allow_loopback;
  if (plain_http) return false;
  return order.errand.allow_private || !endpoint.is_private();
}

curl_socket_t CurlErrands::Running::open_socket(void* self, curlsocktype purpose,
                                                curl_sockaddr* address) {
  Running& running = *static_cast<Running*>(self);
  const Endpoint endpoint = Endpoint::from_socket(address->addr, address->addrlen);
  if (purpose != CURLSOCKTYPE_IPCXN || !running.address_allowed(endpoint)) {
    running.forbidden_address = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

ErrandResult CurlErrands::Running::result(CURLcode code) {
  if (too_large) return refuse(ErrandFault::too_large);
  if (code == CURLE_COULDNT_CONNECT && forbidden_address) return refuse(ErrandFault::not_allowed);
  if (code != CURLE_OK && !heard_enough) return refuse(fault_of(code));
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status >= 300 && status < 400 && status != 304) return refuse(ErrandFault::redirected);
  answer.status = static_cast<int>(status);
  return std::move(answer);
}

struct CurlErrands::Machine {
  using Multi = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;
  Multi multi{curl_multi_init(), &curl_multi_cleanup};
  std::unordered_map<Running*, std::unique_ptr<Running>> running;

  Machine() {
    invariant(multi != nullptr);
    curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, kErrandConnectionsKept);
  }
  ~Machine() {
    for (auto& [address, errand] : running)
      curl_multi_remove_handle(multi.get(), errand->easy.get());
  }

  void begin(Order order, const ErrandSettings& settings) {
    auto errand = std::make_unique<Running>(std::move(order));
    invariant(errand->easy != nullptr);
    errand->prepare(settings);
    invariant(curl_multi_add_handle(multi.get(), errand->easy.get()) == CURLM_OK);
    running.emplace(errand.get(), std::move(errand));
  }
  /// Takes a finished errand out.
  std::unique_ptr<Running> end(CURL* easy) {
    char* address = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &address);
    curl_multi_remove_handle(multi.get(), easy);
    auto node = running.extract(reinterpret_cast<Running*>(address));
    invariant(!node.empty());
    return std::move(node.mapped());
  }
  /// How many were answered: each leaves a place for one that waits.
  std::size_t answer_finished() {
    std::size_t finished = 0;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      const std::unique_ptr<Running> errand = end(message->easy_handle);
      errand->order.then(errand->result(code));
      ++finished;
    }
    return finished;
  }
};

CurlErrands::CurlErrands(ErrandSettings settings) : settings_(std::move(settings)) {
  invariant(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);  // counted, thread-safe since 7.84
  machine_ = std::make_unique<Machine>();
  thread_ = std::thread([this] { run(); });
}

CurlErrands::~CurlErrands() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  curl_multi_wakeup(machine_->multi.get());
  thread_.join();
  for (auto& [address, errand] : machine_->running) {
    errand->order.then(refuse(ErrandFault::refused));
  }
  for (Order& order : waiting_) order.then(refuse(ErrandFault::refused));
  machine_.reset();
  curl_global_cleanup();
}

void CurlErrands::send(Errand errand, std::move_only_function<void(ErrandResult)> then) {
  const bool allowed = errand_url_allowed(errand.url, errand.allow_loopback) &&
                       std::all_of(errand.fields.begin(), errand.fields.end(), is_field_safe) &&
                       !errand.method.empty() &&
                       std::all_of(errand.method.begin(), errand.method.end(), is_upper);
  if (!allowed) return then(refuse(ErrandFault::not_allowed));
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && waiting_.size() < kErrandsWaitingMax) {
      waiting_.push_back({std::move(errand), std::move(then)});
      then = nullptr;
    }
  }
  if (then) return then(refuse(ErrandFault::refused));
  curl_multi_wakeup(machine_->multi.get());
}

/// Moves out as many waiting orders as may run; false when the thread is to end.
bool CurlErrands::take_orders(std::deque<Order>& orders) {
  const std::lock_guard lock(mutex_);
  while (!waiting_.empty() && machine_->running.size() + orders.size() < kErrandsRunningMax) {
    orders.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return !stopping_;
}

void CurlErrands::run() {
  std::deque<Order> orders;
  while (take_orders(orders)) {
    for (Order& order : orders) machine_->begin(std::move(order), settings_);
    orders.clear();
    int running = 0;
    curl_multi_perform(machine_->multi.get(), &running);
    if (machine_->answer_finished() > 0) continue;
    // A second at most: curl knows its own deadlines, a wakeup ends the wait.
    curl_multi_poll(machine_->multi.get(), nullptr, 0, 1000, nullptr);
  }
  for (Order& order : orders) order.then(refuse(ErrandFault::refused));
}

}  // namespace tollhouse::io
