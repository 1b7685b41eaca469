// io: names, asked on a helper thread.
#include "io/resolver.h"

#include <netdb.h>
#include <sys/socket.h>

#include <memory>

namespace tollhouse::io {
namespace {

Resolved with_port(const Resolved& answer, std::uint16_t port) {
  Resolved made = answer;
  if (made) {
    for (Endpoint& endpoint : *made) endpoint.port = port;
  }
  return made;
}

}  // namespace

Resolved look_up_name(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &wanted, &found);
  if (error == EAI_NONAME || error == EAI_NODATA) return refuse(ResolveFault::no_such_name);
  if (error != 0) return refuse(ResolveFault::unavailable);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  std::vector<Endpoint> endpoints;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    Endpoint endpoint = Endpoint::from_socket(*entry->ai_addr, entry->ai_addrlen);
    if (endpoint.family != Endpoint::Family::none) endpoints.push_back(std::move(endpoint));
  }
  if (endpoints.empty()) return refuse(ResolveFault::no_such_name);
  return endpoints;
}

ThreadResolver::ThreadResolver(const Clock& clock, NameLookup lookup)
    : clock_(clock), lookup_(std::move(lookup)), thread_([this] { run(); }) {}

ThreadResolver::~ThreadResolver() {
  std::deque<Question> unanswered;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    unanswered.swap(questions_);
  }
  changed_.notify_one();
  thread_.join();
  for (Question& question : unanswered) question.then(refuse(ResolveFault::unavailable));
}

const Resolved* ThreadResolver::remembered(const std::string& host) const {
  const auto found = names_.find(host);
  if (found == names_.end() || found->second.until <= clock_.tick()) return nullptr;
  return &found->second.answer;
}

void ThreadResolver::remember(const std::string& host, const Resolved& answer) {
  if (names_.size() >= kNamesMax && !names_.contains(host)) {
    auto oldest = names_.begin();
    for (auto entry = names_.begin(); entry != names_.end(); ++entry) {
      if (entry->second.until < oldest->second.until) oldest = entry;
    }
    names_.erase(oldest);
  }
  const Duration life = answer ? kNameLife : kNameFaultLife;
  names_.insert_or_assign(host, Remembered{answer, clock_.tick() + life});
}

void ThreadResolver::resolve(std::string_view host, std::uint16_t port,
                             std::move_only_function<void(Resolved)> then) {
  if (const auto literal = Endpoint::parse_address(host, port)) {
    return then(std::vector<Endpoint>{*literal});
  }
  const std::string name(host);
  Resolved known = refuse(ResolveFault::unavailable);
  {
    const std::lock_guard lock(mutex_);
    const Resolved* found = remembered(name);
    if (found == nullptr && !stopping_ && questions_.size() < kLookupsWaitingMax) {
      questions_.push_back({name, port, std::move(then)});
      changed_.notify_one();
      return;
    }
    if (found != nullptr) known = with_port(*found, port);
  }
  then(std::move(known));
}

void ThreadResolver::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !questions_.empty(); });
    if (stopping_) return;
    Question question = std::move(questions_.front());
    questions_.pop_front();
    // Several may have asked for the same name while it was looked up.
    const Resolved* found = remembered(question.host);
    Resolved answer = found != nullptr ? *found : Resolved(refuse(ResolveFault::unavailable));
    const bool fresh = found == nullptr;
    lock.unlock();
    if (fresh) answer = lookup_(question.host);
    question.then(with_port(answer, question.port));
    lock.lock();
    if (fresh) remember(question.host, answer);
  }
}

}  // namespace tollhouse::io
