// SPDX-License-Identifier: BSD-3-Clause
//
// The layer of system calls: results by value, injected faults, capped transfers; UniqueFd and IntrusiveList
// with it.
#include "aerie/base/sys.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "aerie/base/intrusive_list.h"
#include "aerie/base/unique_fd.h"

namespace aerie {
namespace {

bool is_open(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}

class SysTest : public ::testing::Test {
 protected:
  SysTest() {
    int fds[2];
    EXPECT_TRUE(sys::socket_pair(AF_UNIX, SOCK_STREAM, fds).ok());
    a_.reset(fds[0]);
    b_.reset(fds[1]);
  }
  ~SysTest() override { sys::clear_faults(); }
  UniqueFd a_;
  UniqueFd b_;
};

TEST_F(SysTest, TransfersBytes) {
  char buffer[16];
  EXPECT_EQ(sys::send(a_.get(), "hello", 5).n, 5);
  EXPECT_EQ(sys::recv(b_.get(), buffer, sizeof buffer).n, 5);
  char part1[] = "ab";
  char part2[] = "cd";
  const iovec parts[] = {{part1, 2}, {part2, 2}};
  EXPECT_EQ(sys::send_vector(a_.get(), parts, 2).n, 4);
  EXPECT_EQ(sys::read(b_.get(), buffer, sizeof buffer).n, 4);
  EXPECT_TRUE(sys::set_nonblocking(b_.get(), true).ok());
  const sys::IoResult empty = sys::recv(b_.get(), buffer, sizeof buffer);
  EXPECT_EQ(empty.n, -1);
  EXPECT_TRUE(empty.would_block());
  b_.reset();
  const sys::IoResult gone = sys::send(a_.get(), "x", 1);  // no SIGPIPE
  EXPECT_EQ(gone.error, EPIPE);
  EXPECT_FALSE(gone.would_block());
}

TEST_F(SysTest, FailsTheNthCallOnly) {
  char byte = 'x';
  sys::fail_nth(sys::Call::kSend, 2, ECONNRESET);
  EXPECT_TRUE(sys::send(a_.get(), &byte, 1).ok());
  EXPECT_EQ(sys::send(a_.get(), &byte, 1).error, ECONNRESET);
  EXPECT_TRUE(sys::send(a_.get(), &byte, 1).ok());
  EXPECT_EQ(sys::counted(sys::Call::kSend), 3U);
  char buffer[8];
  EXPECT_EQ(sys::recv(b_.get(), buffer, sizeof buffer).n, 2);  // the failed call did nothing
  sys::fail_from(sys::Call::kSend, 1, EPIPE);
  EXPECT_EQ(sys::send(a_.get(), &byte, 1).error, EPIPE);
  EXPECT_EQ(sys::send(a_.get(), &byte, 1).error, EPIPE);
  sys::clear_faults();
  EXPECT_TRUE(sys::send(a_.get(), &byte, 1).ok());
  EXPECT_EQ(sys::counted(sys::Call::kSend), 0U);
}

TEST_F(SysTest, CapsTransfers) {
  sys::cap_transfer(sys::Call::kSend, 3);
  sys::cap_transfer(sys::Call::kRecv, 1);
  sys::cap_transfer(sys::Call::kSendVector, 2);
  EXPECT_EQ(sys::send(a_.get(), "abcdef", 6).n, 3);
  char part[] = "ghij";
  const iovec parts[] = {{part, 4}, {part, 4}};
  EXPECT_EQ(sys::send_vector(a_.get(), parts, 2).n, 2);
  std::string got;
  char buffer[8];
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(sys::recv(b_.get(), buffer, sizeof buffer).n, 1);
    got += buffer[0];
  }
  EXPECT_EQ(got, "abcgh");
}

TEST_F(SysTest, EveryKindOfCallCanFail) {
  sys::fail_nth(sys::Call::kSocket, 1, EMFILE);
  EXPECT_EQ(sys::socket(AF_INET, SOCK_STREAM, 0).error, EMFILE);
  sys::fail_nth(sys::Call::kOpen, 1, EACCES);
  EXPECT_EQ(sys::open("/dev/null", O_RDONLY).error, EACCES);
  sys::fail_nth(sys::Call::kFork, 1, EAGAIN);
  EXPECT_EQ(sys::fork().error, EAGAIN);
  sys::fail_nth(sys::Call::kMapMemory, 1, ENOMEM);
  int error = 0;
  EXPECT_EQ(sys::map_memory(4096, &error), nullptr);
  EXPECT_EQ(error, ENOMEM);
  void* memory = sys::map_memory(4096, &error);
  ASSERT_NE(memory, nullptr);
  EXPECT_EQ(static_cast<char*>(memory)[4095], 0);
  EXPECT_TRUE(sys::unmap_memory(memory, 4096).ok());
  // Not even an injected error keeps a descriptor open.
  const int fd = a_.release();
  sys::fail_nth(sys::Call::kClose, 1, EIO);
  EXPECT_EQ(sys::close(fd).error, EIO);
  EXPECT_FALSE(is_open(fd));
}

TEST_F(SysTest, UniqueFdClosesOnce) {
  const int fd = a_.get();
  UniqueFd moved = std::move(a_);
  EXPECT_FALSE(a_.valid());  // NOLINT: a moved-from owner is empty by contract
  EXPECT_TRUE(is_open(fd));
  moved = std::move(b_);
  EXPECT_FALSE(is_open(fd));
  const int second = moved.release();
  moved.reset();
  EXPECT_TRUE(is_open(second));
  UniqueFd(second).reset();
  EXPECT_FALSE(is_open(second));
}

struct Item : ListNode<>, ListNode<struct OtherTag> {
  explicit Item(int n) : number(n) {}
  int number;
};

std::vector<int> numbers(IntrusiveList<Item>& list) {
  std::vector<int> out;
  for (Item& item : list) out.push_back(item.number);
  return out;
}

TEST(IntrusiveList, KeepsOrderAndForgetsDestroyedElements) {
  IntrusiveList<Item> list;
  IntrusiveList<Item, OtherTag> other;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.pop_front(), nullptr);
  Item one(1);
  Item three(3);
  {
    Item two(2);
    list.push_back(two);
    list.push_back(three);
    list.push_front(one);
    other.push_back(two);
    EXPECT_EQ(numbers(list), (std::vector<int>{1, 2, 3}));
    EXPECT_EQ(list.size(), 3U);
  }
  EXPECT_EQ(numbers(list), (std::vector<int>{1, 3}));
  EXPECT_TRUE(other.empty());
  EXPECT_EQ(list.front().number, 1);
  EXPECT_EQ(list.back().number, 3);
  IntrusiveList<Item> more;
  Item four(4);
  Item five(5);
  more.push_back(four);
  more.push_back(five);
  list.append(more);
  EXPECT_TRUE(more.empty());
  list.append(more);
  EXPECT_EQ(numbers(list), (std::vector<int>{1, 3, 4, 5}));
  list.erase(four);
  EXPECT_EQ(list.pop_front(), &one);
  EXPECT_EQ(numbers(list), (std::vector<int>{3, 5}));
  list.clear();
  EXPECT_FALSE(static_cast<ListNode<>&>(five).linked());
}

}  // namespace
}  // namespace aerie
