// SPDX-License-Identifier: BSD-3-Clause
//
// Messages to a local socket: by path and by abstract name, and what happens when nobody is there or there is
// no room. The receiving end is a plain socket of the test.
#include "aerie/base/unix_datagram.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <regex>
#include <string>

#include "aerie/base/log.h"
#include "aerie/base/sys.h"
#include "aerie/base/unique_fd.h"

namespace aerie {
namespace {

// `name` as send_unix_datagram takes it.
UniqueFd receiver(std::string name) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.front() == '@') name.front() = '\0';
  std::memcpy(address.sun_path, name.data(), name.size());
  const size_t size = offsetof(sockaddr_un, sun_path) + name.size() + (name.front() == '\0' ? 0 : 1);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(size)), 0);
  return fd;
}

std::string received(const UniqueFd& fd) {
  char buffer[256];
  const ssize_t n = ::recv(fd.get(), buffer, sizeof buffer, 0);
  return n < 0 ? "nothing" : std::string(buffer, static_cast<size_t>(n));
}

int error_of(const Status& status) {
  return status.ok() ? 0 : status.error().code;
}

class UnixDatagram : public testing::Test {
 protected:
  ~UnixDatagram() override {
    sys::clear_faults();
    ::unlink(path_.c_str());
  }
  const std::string path_ = testing::TempDir() + "aerie-datagram-" + std::to_string(::getpid());
};

TEST_F(UnixDatagram, ReachesAPath) {
  const UniqueFd fd = receiver(path_);
  EXPECT_TRUE(send_unix_datagram(path_, "READY=1\n", true).ok());
  EXPECT_TRUE(send_unix_datagram(path_, std::string("a\0b", 3), false).ok());
  EXPECT_EQ(received(fd), "READY=1\n");
  EXPECT_EQ(received(fd), std::string("a\0b", 3));
  EXPECT_EQ(received(fd), "nothing");
}

TEST_F(UnixDatagram, ReachesAnAbstractName) {
  const std::string name = "@aerie-datagram-" + std::to_string(::getpid());
  const UniqueFd fd = receiver(name);
  EXPECT_TRUE(send_unix_datagram(name, "one", true).ok());
  EXPECT_EQ(received(fd), "one");
  EXPECT_EQ(error_of(send_unix_datagram(name + "x", "two", true)), ECONNREFUSED);
}

TEST_F(UnixDatagram, RefusesWhatIsNoName) {
  for (const char* name : {"", "/", "@", "relative", "vsock:1:2"}) {
    EXPECT_EQ(error_of(send_unix_datagram(name, "x", true)), EINVAL) << name;
  }
  EXPECT_EQ(error_of(send_unix_datagram("/" + std::string(200, 'x'), "x", true)), ENAMETOOLONG);
  EXPECT_EQ(error_of(send_unix_datagram(path_, "x", true)), ENOENT);
}

TEST_F(UnixDatagram, DoesNotWaitWhereItMustNot) {
  const UniqueFd fd = receiver(path_);
  int sent = 0;
  while (sent < 100'000 && send_unix_datagram(path_, "x", false).ok()) ++sent;
  EXPECT_GT(sent, 0);
  EXPECT_LT(sent, 100'000) << "the receiver's queue has an end";
  EXPECT_EQ(error_of(send_unix_datagram(path_, "x", false)), EAGAIN);
  EXPECT_EQ(received(fd), "x");
  EXPECT_EQ(error_of(send_unix_datagram(path_, "x", false)), 0);
}

TEST_F(UnixDatagram, SaysWhichCallFailed) {
  const UniqueFd fd = receiver(path_);
  sys::fail_nth(sys::Call::kSocket, 1, EMFILE);
  EXPECT_EQ(send_unix_datagram(path_, "x", false).error().message(), "socket: Too many open files");
  sys::fail_nth(sys::Call::kSend, 1, ENOBUFS);
  EXPECT_EQ(error_of(send_unix_datagram(path_, "x", false)), ENOBUFS);
  EXPECT_EQ(received(fd), "nothing");
}

// --- the log that goes there

TEST_F(UnixDatagram, TheLogGoesThereTooWithItsSeverity) {
  const UniqueFd fd = receiver(path_);
  const std::string file = path_ + ".log";
  ASSERT_TRUE(log_open(file).ok());
  log_set_level(LogLevel::kDebug);
  log_to_syslog("aerie-test", 16, path_);
  log_warning("to %s", "all");
  log_notice("two");
  log_verbose("three");
  log_debug("four");
  log_to_syslog("aerie-test", 1, path_);
  log_notice("five");
  log_to_syslog("", 1, "");
  log_notice("six");
  log_set_level(LogLevel::kNotice);
  ASSERT_TRUE(log_open("").ok());
  ::unlink(file.c_str());
  const std::string head =
      R"([A-Z][a-z][a-z] [ \d]\d \d\d:\d\d:\d\d aerie-test\[)" + std::to_string(::getpid());
  for (const char* line : {R"(<132>%\]: to all)", R"(<133>%\]: two)", R"(<134>%\]: three)",
                           R"(<135>%\]: four)", R"(<13>%\]: five)"}) {
    std::string pattern = line;
    pattern.replace(pattern.find('%'), 1, head);
    const std::string got = received(fd);
    EXPECT_TRUE(std::regex_match(got, std::regex(pattern))) << got << " is not " << pattern;
  }
  EXPECT_EQ(received(fd), "nothing");
}

}  // namespace
}  // namespace aerie
