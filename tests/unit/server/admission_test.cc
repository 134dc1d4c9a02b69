// SPDX-License-Identifier: BSD-3-Clause
//
// Whom the server lets in, and how it sets up their sockets: protected mode and tcp-keepalive. The server
// runs in this process, so that its end of a connection can be looked at, and so that accept4, which this
// program defines itself, can claim that a client comes from far away.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "aerie/resp/reply_errors.h"
#include "unit/server/server_fixture.h"

namespace {

// While true, whoever connects over IPv4 seems to come from 192.0.2.1 (RFC 5737: an address of nobody).
std::atomic<bool> all_seem_far{false};

}  // namespace

extern "C" int accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
  const long accepted = ::syscall(SYS_accept4, fd, address, size, flags);
  if (accepted >= 0 && all_seem_far && address != nullptr && address->sa_family == AF_INET) {
    reinterpret_cast<sockaddr_in*>(address)->sin_addr.s_addr = htonl(0xc0000201);
  }
  return static_cast<int>(accepted);
}

namespace aerie {
namespace {

class ProtectedMode : public ServerFixture {
 protected:
  ~ProtectedMode() override { all_seem_far = false; }

  std::string refusal() { return "-" + std::string(kProtectedMode) + "\r\n"; }
};

TEST_F(ProtectedMode, RefusesWhoComesFromElsewhere) {
  start();
  TestSocket near = connect();
  near.expect("PING\r\n", "+PONG\r\n");
  all_seem_far = true;
  EXPECT_TRUE(refusal().starts_with("-DENIED Redis is running in protected mode because"));
  for (int i = 0; i < 3; ++i) {
    TestSocket far = connect();
    EXPECT_EQ(far.receive_all(), refusal()) << "the text, then the end";
  }
  // Also for who has already sent something: the text arrives, not a reset.
  TestSocket eager = connect();
  eager.send("PING\r\nSET k v\r\n");
  EXPECT_EQ(eager.receive_all(), refusal());
  near.expect("EXISTS k\r\n", ":0\r\n");
  near.expect("CONFIG SET protected-mode no\r\n", "+OK\r\n");
  connect().expect("PING\r\n", "+PONG\r\n");
  near.expect("CONFIG SET protected-mode yes\r\n", "+OK\r\n");
  EXPECT_EQ(connect().receive_all(), refusal());
}

TEST_F(ProtectedMode, EndsWithAPassword) {
  load("requirepass", "secret");
  start();
  all_seem_far = true;
  TestSocket far = connect();
  far.expect("GET k\r\n", "-NOAUTH Authentication required.\r\n");
  far.expect("AUTH secret\r\n", "+OK\r\n");
  far.expect("CONFIG SET requirepass \"\"\r\n", "+OK\r\n");
  far.expect("PING\r\n", "+PONG\r\n");
  EXPECT_EQ(connect().receive_all(), refusal());
}

TEST_F(ProtectedMode, LetsClientsOfTheUnixSocketIn) {
  char directory[] = "/tmp/aerie-admission-XXXXXX";
  ASSERT_NE(::mkdtemp(directory), nullptr);
  const std::string path = std::string(directory) + "/s.sock";
  load("unixsocket", path);
  start();
  all_seem_far = true;
  connect_unix(path).expect("PING\r\n", "+PONG\r\n");
  EXPECT_EQ(connect().receive_all(), refusal());
  stop();
  std::filesystem::remove_all(directory);
}

class Keepalive : public ServerFixture {
 protected:
  // "idle/interval/count" of the server's end of a new connection, or "off".
  std::string of_a_newcomer() {
    const int client_fd = try_connect(port_);
    TestSocket client(client_fd);
    client.expect("PING\r\n", "+PONG\r\n");
    const int fd = peer_of(client_fd);
    if (fd < 0) return "not found";
    if (option(fd, SOL_SOCKET, SO_KEEPALIVE) == 0) return "off";
    return std::to_string(option(fd, IPPROTO_TCP, TCP_KEEPIDLE)) + "/" +
           std::to_string(option(fd, IPPROTO_TCP, TCP_KEEPINTVL)) + "/" +
           std::to_string(option(fd, IPPROTO_TCP, TCP_KEEPCNT));
  }

 private:
  static int option(int fd, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(fd, level, name, &value, &size), 0);
    return value;
  }
  static int port_of(int fd, int (*name)(int, sockaddr*, socklen_t*)) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (name(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return -1;
    return address.sin_family == AF_INET ? ntohs(address.sin_port) : -1;
  }
  // The descriptor of this process that is the other end of the connection.
  static int peer_of(int client_fd) {
    constexpr int kDescriptors = 1024;
    const int wanted = port_of(client_fd, ::getsockname);
    for (int fd = 0; fd < kDescriptors; ++fd) {
      if (fd != client_fd && port_of(fd, ::getpeername) == wanted) return fd;
    }
    return -1;
  }
};

TEST_F(Keepalive, IsSetAsTheOptionSays) {
  start();
  TestSocket admin = connect();
  EXPECT_EQ(of_a_newcomer(), "300/100/3");
  admin.expect("CONFIG SET tcp-keepalive 60\r\n", "+OK\r\n");
  EXPECT_EQ(of_a_newcomer(), "60/20/3");
  admin.expect("CONFIG SET tcp-keepalive 2\r\n", "+OK\r\n");
  EXPECT_EQ(of_a_newcomer(), "2/1/3");
  admin.expect("CONFIG SET tcp-keepalive 0\r\n", "+OK\r\n");
  EXPECT_EQ(of_a_newcomer(), "off");
  admin.expect("CONFIG SET tcp-keepalive 100\r\n", "+OK\r\n");
  EXPECT_EQ(of_a_newcomer(), "100/33/3");
}

TEST_F(Keepalive, IsOffFromTheStart) {
  load("tcp-keepalive", "0");
  start();
  EXPECT_EQ(of_a_newcomer(), "off");
}

}  // namespace
}  // namespace aerie
