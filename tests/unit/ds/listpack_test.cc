// SPDX-License-Identifier: BSD-3-Clause
//
// Listpacks: every encoding byte for byte as redis-server 7.0.15 writes it (taken from DUMP), editing in
// place against a model, and the check of bytes from outside on damaged listpacks.
#include "aerie/ds/listpack.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "aerie/base/random.h"

namespace aerie::test {
namespace {

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

// A run in a vector, as an owner would keep it.
struct Owner {
  std::string bytes;
  uint32_t count = 0;

  ListpackView view() const { return {bytes.data(), static_cast<uint32_t>(bytes.size()), count}; }
  void change(uint32_t removed, size_t added, auto operation) {
    const auto before = static_cast<uint32_t>(bytes.size());
    const auto after = listpack::bytes_after(before, removed, added);
    ASSERT_TRUE(after.has_value());
    bytes.resize(std::max<size_t>(before, *after), '?');
    ListpackRun run(bytes.data(), before, count);
    operation(run);
    EXPECT_EQ(run.bytes(), *after);
    count = run.count();
    bytes.resize(*after);
  }
  void insert(uint32_t position, std::string_view text) {
    const ListpackItem item(text);
    change(0, item.size(), [&](ListpackRun& run) { run.insert(position, item); });
  }
  void append(std::string_view text) { insert(static_cast<uint32_t>(bytes.size()), text); }
  void replace(uint32_t position, std::string_view text) {
    const ListpackItem item(text);
    change(view().size_at(position), item.size(), [&](ListpackRun& run) { run.replace(position, item); });
  }
  void erase(uint32_t position, uint32_t elements) {
    uint32_t behind = position;
    for (uint32_t i = 0; i < elements; ++i) behind = view().next(behind);
    change(behind - position, 0, [&](ListpackRun& run) { run.erase(position, elements); });
  }
  std::string framed() const {
    std::string out(listpack::framed_bytes(static_cast<uint32_t>(bytes.size())), '?');
    listpack::write_framed(view(), out.data());
    return out;
  }
};

std::string text_of(ListpackElement element) {
  char scratch[kMaxInt64Chars];
  return std::string(element.text(scratch));
}

std::vector<std::string> forward(ListpackView run) {
  std::vector<std::string> texts;
  for (uint32_t at = 0; at < run.bytes(); at = run.next(at)) texts.push_back(text_of(run.element(at)));
  return texts;
}

std::vector<std::string> backward(ListpackView run) {
  std::vector<std::string> texts;
  for (uint32_t at = run.bytes(); at > 0;) {
    at = run.previous(at);
    texts.insert(texts.begin(), text_of(run.element(at)));
  }
  return texts;
}

std::string framed(const std::vector<std::string>& texts) {
  Owner owner;
  for (const std::string& text : texts) owner.append(text);
  return owner.framed();
}

struct OneElement {
  const char* text;
  const char* listpack;
};

// The list of one element that RPUSH of the text made.
constexpr OneElement kOneElement[] = {
    {"0", "0900000001000001ff"},
    {"1", "0900000001000101ff"},
    {"127", "0900000001007f01ff"},
    {"128", "0a0000000100c08002ff"},
    {"-1", "0a0000000100dfff02ff"},
    {"4095", "0a0000000100cfff02ff"},
    {"-4096", "0a0000000100d00002ff"},
    {"4096", "0b0000000100f1001003ff"},
    {"-4097", "0b0000000100f1ffef03ff"},
    {"32767", "0b0000000100f1ff7f03ff"},
    {"-32768", "0b0000000100f1008003ff"},
    {"32768", "0c0000000100f200800004ff"},
    {"-32769", "0c0000000100f2ff7fff04ff"},
    {"8388607", "0c0000000100f2ffff7f04ff"},
    {"-8388608", "0c0000000100f200008004ff"},
    {"8388608", "0d0000000100f30000800005ff"},
    {"-8388609", "0d0000000100f3ffff7fff05ff"},
    {"2147483647", "0d0000000100f3ffffff7f05ff"},
    {"-2147483648", "0d0000000100f30000008005ff"},
    {"2147483648", "110000000100f4000000800000000009ff"},
    {"-2147483649", "110000000100f4ffffff7fffffffff09ff"},
    {"9223372036854775807", "110000000100f4ffffffffffffff7f09ff"},
    {"-9223372036854775808", "110000000100f4000000000000008009ff"},
    {"", "0900000001008001ff"},
    {"-", "0a0000000100812d02ff"},
    {"-0", "0b0000000100822d3003ff"},
    {"01", "0b000000010082303103ff"},
    {"+1", "0b0000000100822b3103ff"},
    {"1 ", "0b000000010082312003ff"},
    {"x", "0a0000000100817802ff"},
    {"hello", "0e00000001008568656c6c6f06ff"},
    {"9223372036854775808", "1c0000000100933932323333373230333638353437373538303814ff"},
    {"-9223372036854775809", "1d0000000100942d3932323333373230333638353437373538303915ff"},
    {"18446744073709551616", "1d000000010094313834343637343430373337303935353136313615ff"},
    {"12345678901234567890123", "20000000010097313233343536373839303132333435363738393031323318ff"},
};

TEST(ListpackGoldenTest, OneElementOfEachEncoding) {
  for (const OneElement& golden : kOneElement) {
    EXPECT_EQ(framed({golden.text}), from_hex(golden.listpack)) << golden.text;
    const std::string bytes = from_hex(golden.listpack);
    const auto parsed = listpack::parse(bytes);
    ASSERT_TRUE(parsed.has_value()) << golden.text;
    EXPECT_EQ(forward(*parsed), std::vector<std::string>{golden.text});
    EXPECT_EQ(parsed->element(0).length(), std::string_view(golden.text).size());
    EXPECT_TRUE(parsed->element(0).equals(golden.text));
  }
}

struct LongString {
  size_t length;
  const char* before;
  const char* behind;
};

// The hash with the field "f" and a value of so many 'x': the bytes in front of the value and behind it. The
// lengths surround those at which the string's head or the length behind it becomes longer.
constexpr LongString kLongStrings[] = {
    {63, "4b0000000200816602bf", "40ff"},
    {64, "4d0000000200816602e040", "42ff"},
    {125, "8a0000000200816602e07d", "7fff"},
    {126, "8c0000000200816602e07e", "0180ff"},
    {4095, "0d1000000200816602efff", "2081ff"},
    {4096, "111000000200816602f000100000", "2085ff"},
    {16376, "094000000200816602f0f83f0000", "7ffdff"},
    {16377, "0a4000000200816602f0f93f0000", "7ffeff"},
    {16378, "0c4000000200816602f0fa3f0000", "00ffffff"},
    {16379, "0d4000000200816602f0fb3f0000", "018080ff"},
    {2097144, "0a0020000200816602f0f8ff1f00", "7ffffdff"},
    {2097145, "0b0020000200816602f0f9ff1f00", "7ffffeff"},
    {2097146, "0d0020000200816602f0faff1f00", "00ffffffff"},
    {2097147, "0e0020000200816602f0fbff1f00", "01808080ff"},
};

TEST(ListpackGoldenTest, LongStrings) {
  for (const LongString& golden : kLongStrings) {
    const std::string value(golden.length, 'x');
    const std::string expected = from_hex(golden.before) + value + from_hex(golden.behind);
    EXPECT_TRUE(framed({"f", value}) == expected) << golden.length;
    const auto run = listpack::parse(expected);
    ASSERT_TRUE(run.has_value()) << golden.length;
    EXPECT_TRUE(forward(*run) == (std::vector<std::string>{"f", value})) << golden.length;
    EXPECT_TRUE(backward(*run) == (std::vector<std::string>{"f", value})) << golden.length;
  }
}

TEST(ListpackGoldenTest, ListHashAndSortedSet) {
  using namespace std::string_literals;  // NOLINT: for text with NUL
  const std::vector<std::string> list = {"a", "1", "-70000", "", "hello world", "\0\xff\r\n"s, "5000000000"};
  const std::vector<std::string> hash = {"name",  "aerie", "age", "42",
                                         "score", "-1.5",  "big", "9007199254740993"};
  const std::vector<std::string> sorted_set = {"low", "-inf", "one",    "1",    "two",
                                               "2.5", "777",  "100000", "high", "1e+100"};
  EXPECT_EQ(framed(list), from_hex("3000000007008161020101f290eefe0480018b68656c6c6f20776f726c640c8400ff0d0a0"
                                   "5f400f2052a0100000009ff"));
  EXPECT_EQ(framed(hash), from_hex("370000000800846e616d65058561657269650683616765042a018573636f726506842d312"
                                   "e35058362696704f4010000000000200009ff"));
  EXPECT_EQ(framed(sorted_set), from_hex("390000000a00836c6f7704842d696e6605836f6e650401018374776f0483322e350"
                                         "4c30902f2a08601048468696768058631652b31303007ff"));
}

// A hash of 35,000 fields: the header's 16 bits cannot tell the count.
TEST(ListpackGoldenTest, CountBeyondTheHeader) {
  std::vector<std::string> texts;
  for (int i = 0; i < 35'000; ++i) {
    texts.push_back("f" + std::to_string(i));
    texts.push_back(std::to_string(i % 500 % 100));
  }
  const std::string bytes = framed(texts);
  EXPECT_EQ(bytes.size(), 338'897u);
  EXPECT_EQ(bytes.substr(0, 6), from_hex("d12b0500ffff"));
  const auto run = listpack::parse(bytes);
  ASSERT_TRUE(run.has_value());
  EXPECT_EQ(run->count(), 70'000u);
}

TEST(ListpackTest, ItemsTellTheirSizeForAnyText) {
  EXPECT_EQ(ListpackItem("").size(), 2u);
  EXPECT_EQ(ListpackItem(std::string_view()).size(), 2u);
  EXPECT_EQ(ListpackItem("12").size(), 2u);
  EXPECT_EQ(ListpackItem("abc").size(), 5u);
  // Nothing looks at the bytes of a long text, so a view may announce what no memory holds.
  const std::string_view huge("x", size_t{1} << 40);
  EXPECT_EQ(ListpackItem(huge).size(), (size_t{1} << 40) + 10);
  EXPECT_FALSE(listpack::bytes_after(0, 0, ListpackItem(huge).size()).has_value());
}

TEST(ListpackTest, SizesStopBelowAGibibyte) {
  constexpr uint32_t kMax = listpack::kMaxRunBytes;
  EXPECT_EQ(listpack::framed_bytes(kMax), size_t{1} << 30);
  EXPECT_EQ(listpack::bytes_after(100, 10, 5), 95u);
  EXPECT_EQ(listpack::bytes_after(kMax - 5, 0, 5), kMax);
  EXPECT_EQ(listpack::bytes_after(kMax, 10, 10), kMax);
  EXPECT_FALSE(listpack::bytes_after(kMax - 5, 0, 6).has_value());
  EXPECT_FALSE(listpack::bytes_after(kMax, 0, ~size_t{0}).has_value());
  EXPECT_FALSE(listpack::bytes_after(0, 0, size_t{1} << 32).has_value());
}

TEST(ListpackTest, ItemsMatchByText) {
  Owner owner;
  for (const char* text : {"a", "10", "01", "b", "10", ""}) owner.append(text);
  const ListpackView run = owner.view();
  EXPECT_EQ(run.find(ListpackItem("10")), run.seek(1));
  EXPECT_EQ(run.find(ListpackItem("10"), run.seek(2)), run.seek(4));
  EXPECT_EQ(run.find(ListpackItem("01")), run.seek(2));
  EXPECT_EQ(run.find(ListpackItem("")), run.seek(5));
  EXPECT_EQ(run.find(ListpackItem("1")), run.bytes());
  EXPECT_EQ(run.find(ListpackItem("b"), 0, 2), run.bytes()) << "only fields are looked at";
  EXPECT_EQ(run.find(ListpackItem("10"), 0, 2), run.seek(4));
  EXPECT_EQ(run.seek(6), run.bytes());
  // An integer in a wide form and digits kept as a string are the same text as the narrow integer.
  const std::string wide = from_hex("0f0000000200f10a000382313003ff");
  const auto odd = listpack::parse(wide);
  ASSERT_TRUE(odd.has_value());
  EXPECT_TRUE(ListpackItem("10").matches(odd->element(0)));
  EXPECT_TRUE(ListpackItem("10").matches(odd->element(4)));
  EXPECT_TRUE(odd->element(4).equals("10"));
  EXPECT_FALSE(odd->element(0).equals("11"));
}

std::string random_text(Random& random) {
  switch (random.below(6)) {
    case 0:
      return std::to_string(static_cast<int64_t>(random.next()) >> random.below(64));
    case 1:
      return std::to_string(random.below(300));
    case 2:
      return std::string(random.below(20000), 'l');
    case 3:
      return std::string(60 + random.below(70), 'm');
    default:
      return std::string(random.below(30), static_cast<char>('a' + random.below(26)));
  }
}

TEST(ListpackTest, EditsLikeAVectorOfStrings) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Owner owner;
    std::vector<std::string> model;
    for (int step = 0; step < 2000; ++step) {
      const auto size = static_cast<uint32_t>(model.size());
      const auto index = static_cast<uint32_t>(random.below(size + 1));
      const uint32_t position = owner.view().seek(index);
      const uint64_t choice = random.below(10);
      if (choice < 4 || size == 0) {
        const std::string text = random_text(random);
        owner.insert(position, text);
        model.insert(model.begin() + index, text);
      } else if (choice < 7 && index < size) {
        const std::string text = random_text(random);
        owner.replace(position, text);
        model[index] = text;
      } else {
        const auto elements = static_cast<uint32_t>(std::min<uint64_t>(size - index, random.below(4)));
        owner.erase(position, elements);
        model.erase(model.begin() + index, model.begin() + index + elements);
      }
      ASSERT_EQ(forward(owner.view()), model);
      ASSERT_EQ(backward(owner.view()), model);
      ASSERT_EQ(owner.count, model.size());
    }
    const auto parsed = listpack::parse(owner.framed());
    ASSERT_TRUE(parsed.has_value());
  }
}

TEST(ListpackParseTest, AnythingElseIsRefused) {
  const std::string good = framed({"a", "1", "-70000", "hello", std::string(200, 'y'), "5000000000"});
  ASSERT_TRUE(listpack::parse(good).has_value());
  for (size_t length = 0; length < good.size(); ++length) {
    const std::string cut = good.substr(0, length);
    EXPECT_FALSE(listpack::parse(cut).has_value()) << length;
  }
  EXPECT_FALSE(listpack::parse(good + "\xff").has_value());
  // Every byte of the frame and of what is not text matters.
  for (size_t at = 0; at < good.size(); ++at) {
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x80);
    const bool text = good[at] == 'y' || (good[at] >= 'a' && good[at] <= 'o');
    if (text) continue;
    const auto parsed = listpack::parse(damaged);
    if (parsed) {
      EXPECT_EQ(parsed->count(), 6u) << at;
    }
  }
  const char* bad[] = {
      "0700000000",              // short
      "070000000000fe",          // no end
      "080000000000ff",          // another size
      "0900000002000001ff",      // more elements announced than there are
      "0b000000010000010001ff",  // fewer announced
      "0900000001000002ff",      // the length behind the body is wrong
      "0a0000000100000180ff",    // bytes behind the last element
      "0a0000000100000081ff",    // a length longer than needed
      "090000000100f501ff",      // encodings that do not exist
      "090000000100fe01ff",
      "090000000100ff01ff",
      "090000000100e001ff",  // the length of a string is cut off
      "0900000001008501ff",  // a string that goes on behind the end
      "0e0000000100f0ffffffff0405ff",
      "0d0000000100f0ffffffffffff",
  };
  for (const char* hex : bad) EXPECT_FALSE(listpack::parse(from_hex(hex)).has_value()) << hex;
  EXPECT_TRUE(listpack::parse(from_hex("070000000000ff")).has_value());
  EXPECT_TRUE(listpack::parse(from_hex("07000000ffffff")).has_value()) << "an unknown count is never wrong";
}

}  // namespace
}  // namespace aerie::test
