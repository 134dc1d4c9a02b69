// SPDX-License-Identifier: BSD-3-Clause
//
// What any source of Poller must do; compiled once for each of them. And the table of descriptors above it.
// News of one wait are gathered by descriptor first, because one source reports input and output apart and
// the other together.
#include "aerie/event/poller.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <map>

#include "unit/event/fixture.h"

namespace aerie {
namespace {

class PollerTest : public ::testing::Test {
 protected:
  PollerTest() : poller_(std::move(Poller::create()).value()) {}
  ~PollerTest() override { sys::clear_faults(); }

  // The news of one wait, gathered by descriptor.
  std::map<int, uint8_t> wait(int64_t timeout_us = 0) {
    std::array<PolledEvent, 64> events;
    const sys::SysResult got = poller_.wait(timeout_us, events);
    EXPECT_TRUE(got.ok());
    std::map<int, uint8_t> news;
    for (int i = 0; i < got.value; ++i) {
      const PolledEvent& event = events[static_cast<size_t>(i)];
      news[event.fd] = static_cast<uint8_t>(news[event.fd] | event.bits);
    }
    return news;
  }

  Poller poller_;
};

TEST_F(PollerTest, ReportsEdgesOfInput) {
  SocketPair pair;
  pair.send("before");
  ASSERT_TRUE(poller_.add(pair.near.get()).ok());
  auto news = wait();
  EXPECT_EQ(news[pair.near.get()], kPollReadable | kPollWritable);
  EXPECT_TRUE(wait().empty());  // unread, but not new
  pair.send("more");
  news = wait();
  EXPECT_NE(news[pair.near.get()] & kPollReadable, 0);
  EXPECT_EQ(news[pair.near.get()] & kPollHangup, 0);
  EXPECT_TRUE(wait().empty());
}

TEST_F(PollerTest, ReportsThatOutputIsPossibleAgain) {
  SocketPair pair;
  ASSERT_TRUE(poller_.add(pair.near.get()).ok());
  EXPECT_EQ(wait()[pair.near.get()], kPollWritable);
  const std::string block(65536, 'x');
  while (sys::send(pair.near.get(), block.data(), block.size()).ok()) {
  }
  EXPECT_EQ(wait()[pair.near.get()] & kPollWritable, 0);
  while (!read_all(pair.far.get()).empty()) {
  }
  EXPECT_NE(wait()[pair.near.get()] & kPollWritable, 0);
}

TEST_F(PollerTest, ReportsHalfCloseAndCloseAsHangup) {
  SocketPair half;
  SocketPair whole;
  ASSERT_TRUE(poller_.add(half.near.get()).ok());
  ASSERT_TRUE(poller_.add(whole.near.get()).ok());
  wait();
  half.send("last words");
  ASSERT_TRUE(sys::shutdown(half.far.get(), SHUT_WR).ok());
  whole.far.reset();
  auto news = wait();
  EXPECT_NE(news[half.near.get()] & kPollHangup, 0);
  EXPECT_NE(news[half.near.get()] & kPollReadable, 0);
  EXPECT_NE(news[whole.near.get()] & kPollHangup, 0);
  EXPECT_EQ(read_all(half.near.get()), "last words");
}

TEST_F(PollerTest, ReportsUrgentData) {
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listener.get(), generic, size), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  ASSERT_EQ(::getsockname(listener.get(), generic, &size), 0);
  const UniqueFd far(::socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_EQ(::connect(far.get(), generic, size), 0);
  const UniqueFd near(::accept(listener.get(), nullptr, nullptr));
  ASSERT_TRUE(sys::set_nonblocking(near.get(), true).ok());
  ASSERT_TRUE(poller_.add(near.get()).ok());
  EXPECT_EQ(wait()[near.get()], kPollWritable);
  ASSERT_EQ(::send(far.get(), "ab!", 3, MSG_OOB), 3);
  ASSERT_EQ(::send(far.get(), "cd", 2, 0), 2);
  EXPECT_EQ(wait(1'000'000)[near.get()] & (kPollUrgent | kPollReadable), kPollUrgent | kPollReadable);
  // The reason for which one has to know: the first read stops in the middle of what is there.
  char buffer[10];
  EXPECT_EQ(sys::recv(near.get(), buffer, sizeof buffer).n, 2);
  EXPECT_EQ(sys::recv(near.get(), buffer, sizeof buffer).n, 2);
}

TEST_F(PollerTest, SaysNothingAboutWhatWasRemoved) {
  SocketPair pair;
  ASSERT_TRUE(poller_.add(pair.near.get()).ok());
  pair.send("x");
  poller_.remove(pair.near.get());
  EXPECT_TRUE(wait().empty());
  poller_.remove(pair.near.get());  // nothing happens
  ASSERT_TRUE(poller_.add(pair.near.get()).ok());
  EXPECT_NE(wait()[pair.near.get()] & kPollReadable, 0);
}

TEST_F(PollerTest, WaitsNoLessThanAsked) {
  for (const int64_t us : {300, 1000, 2500, 20'000}) {
    const int64_t began = SystemClock().monotonic_us();
    EXPECT_TRUE(wait(us).empty());
    EXPECT_GE(SystemClock().monotonic_us() - began, us - 1);  // both ends are cut to whole microseconds
  }
}

TEST_F(PollerTest, GivesWhatDoesNotFitWithTheNextWait) {
  std::vector<SocketPair> pairs(20);
  for (SocketPair& pair : pairs) ASSERT_TRUE(poller_.add(pair.near.get()).ok());
  std::map<int, uint8_t> seen;
  for (int i = 0; i < 100; ++i) {
    std::array<PolledEvent, 3> few;
    const sys::SysResult got = poller_.wait(0, few);
    ASSERT_LE(got.value, 3);
    if (got.value == 0) break;
    for (int k = 0; k < got.value; ++k)
      seen[few[static_cast<size_t>(k)].fd] |= few[static_cast<size_t>(k)].bits;
  }
  EXPECT_EQ(seen.size(), pairs.size());
}

TEST_F(PollerTest, PassesFailuresOn) {
  SocketPair pair;
  sys::fail_nth(sys::Call::kPollerControl, 1, ENOSPC);
  EXPECT_EQ(poller_.add(pair.near.get()).error, ENOSPC);
  EXPECT_EQ(poller_.add(-1).error, EBADF);
  std::array<PolledEvent, 4> events;
  sys::fail_nth(sys::Call::kPollerWait, 1, ENOMEM);
  EXPECT_EQ(poller_.wait(0, events).error, ENOMEM);
  sys::fail_nth(sys::Call::kPollerCreate, 1, EMFILE);
  const auto created = Poller::create();
  ASSERT_FALSE(created.ok());
  EXPECT_EQ(created.error().code, EMFILE);
}

TEST(FdTable, ServesInOrderAndGathersNews) {
  FdTable table;
  RecordingHandler handlers[8];
  for (int fd : {3, 4, 6}) table.insert(fd, &handlers[fd]);
  EXPECT_EQ(table.size(), 3U);
  EXPECT_FALSE(table.mark(3, kPollReadable));
  EXPECT_FALSE(table.mark(6, kPollWritable));
  EXPECT_TRUE(table.mark(3, kPollHangup));
  EXPECT_FALSE(table.mark(3, kPollHangup));  // told once
  EXPECT_FALSE(table.mark(5, kPollReadable));
  EXPECT_FALSE(table.mark(500, kPollReadable));
  EXPECT_FALSE(table.mark(4, kPollReadable));
  EXPECT_EQ(table.ready_count(), 3U);
  FdTable::Ready ready;
  ASSERT_TRUE(table.pop(&ready));
  EXPECT_EQ(ready.fd, 3);
  EXPECT_EQ(ready.handler, &handlers[3]);
  EXPECT_TRUE(ready.events.readable && ready.events.hangup && !ready.events.writable);
  table.erase(6);
  EXPECT_FALSE(table.pop(&ready));
  ASSERT_TRUE(table.pop(&ready));
  EXPECT_EQ(ready.fd, 4);
  EXPECT_EQ(table.ready_count(), 0U);
  EXPECT_TRUE(table.hung_up(3));
  EXPECT_FALSE(table.hung_up(4));
  EXPECT_FALSE(table.hung_up(6));
}

TEST(FdTable, AnElementThatCameBackHasNoOldNews) {
  FdTable table;
  RecordingHandler old_handler;
  RecordingHandler new_handler;
  table.insert(5, &old_handler);
  table.mark(5, kPollReadable | kPollHangup);
  table.erase(5);
  table.insert(5, &new_handler);
  FdTable::Ready ready;
  EXPECT_FALSE(table.pop(&ready));
  EXPECT_TRUE(table.mark(5, kPollHangup));  // its own first one
  EXPECT_TRUE(table.pop(&ready));
  EXPECT_EQ(ready.handler, &new_handler);
}

}  // namespace
}  // namespace aerie
