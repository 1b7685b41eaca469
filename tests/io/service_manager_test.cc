// Mirrors src/io/service_manager.cc: sockets that are passed, and what a service manager is told.
// LISTEN_FDS begins at descriptor 3, so passing is tested by tests/process with a real child.
#include "io/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/endpoint.h"
#include "support/precompiled.h"
#include "support/vectors.h"

namespace tollhouse::io {
namespace {

TEST(PassedSockets, OnlyThoseMeantForThisProcess) {
  const EnvironmentVariables other{{"LISTEN_FDS", "1"}, {"LISTEN_PID", "1"}};
  EXPECT_TRUE(PassedSockets::of_process(other, 77).names().empty());
  for (const char* count : {"0", "-1", "1x", "", "5000"}) {
    const EnvironmentVariables wrong{{"LISTEN_FDS", count}, {"LISTEN_PID", "77"}};
    EXPECT_TRUE(PassedSockets::of_process(wrong, 77).names().empty()) << count;
  }
  EXPECT_TRUE(PassedSockets::of_process({}, 77).names().empty());
}

TEST(ServiceManager, IsToldByOneDatagramEach) {
  const tollhouse::test::OwnFolder folder;
  const std::string path = (folder.path() / "notify").string();
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM, 0));
  const SocketAddress address(Endpoint::unix_path_at(path));
  ASSERT_EQ(::bind(socket.number(), address.get(), address.size()), 0);
  const auto heard = [&] {
    char buffer[256];
    const ssize_t size = ::recv(socket.number(), buffer, sizeof buffer, 0);
    return std::string(buffer, size > 0 ? static_cast<std::size_t>(size) : 0);
  };
  const ServiceManager manager = ServiceManager::of_process(
      {{"NOTIFY_SOCKET", path}, {"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "77"}}, 77);
  EXPECT_TRUE(manager.present());
  EXPECT_EQ(manager.watchdog(), std::chrono::seconds(15));
  manager.ready("serving");
  EXPECT_EQ(heard(), "READY=1\nSTATUS=serving");
  manager.reloading(Tick(std::chrono::microseconds(12345)));
  EXPECT_EQ(heard(), "RELOADING=1\nMONOTONIC_USEC=12345");
  manager.alive();
  EXPECT_EQ(heard(), "WATCHDOG=1");
  manager.stopping();
  EXPECT_EQ(heard(), "STOPPING=1\nSTATUS=draining");
}

TEST(ServiceManager, NobodyIsToldWhereThereIsNone) {
  EXPECT_FALSE(ServiceManager().present());
  EXPECT_FALSE(ServiceManager::of_process({{"NOTIFY_SOCKET", "relative"}}, 7).present());
  const ServiceManager gone = ServiceManager::of_process({{"NOTIFY_SOCKET", "/nonexistent/x"}}, 7);
  gone.ready("serving");  // says nothing to nobody and does not end the program
  const EnvironmentVariables others{{"WATCHDOG_USEC", "1000000"}, {"WATCHDOG_PID", "8"}};
  EXPECT_FALSE(ServiceManager::of_process(others, 7).watchdog());
}

}  // namespace
}  // namespace tollhouse::io
