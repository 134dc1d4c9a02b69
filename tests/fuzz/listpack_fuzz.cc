// SPDX-License-Identifier: BSD-3-Clause
//
// Hostile bytes for the check of listpacks. Properties: bytes that pass decode the same forwards and
// backwards without reading outside, are whole in the frame that we write, say the same in our own encoding,
// and survive a long list as they are; bytes that do not pass are left alone.
#include "aerie/ds/listpack.h"

#include <algorithm>
#include <string_view>

#include "aerie/ds/chunked_list.h"
#include "fuzz/fuzz_target.h"

namespace aerie::fuzz {

namespace {

std::string framed(ListpackView run) {
  std::string out(listpack::framed_bytes(run.bytes()), '\0');
  listpack::write_framed(run, out.data());
  return out;
}

std::string text_of(ListpackElement element) {
  char scratch[kMaxInt64Chars];
  return std::string(element.text(scratch));
}

std::vector<std::string> texts_of(ListpackView run) {
  std::vector<std::string> texts;
  for (uint32_t at = 0; at < run.bytes(); at = run.next(at)) {
    texts.push_back(text_of(run.element(at)));
    require(run.element(at).length() == texts.back().size(), "an element knows the length of its text");
  }
  return texts;
}

std::string encode(const std::vector<std::string>& texts) {
  std::string run;
  for (const std::string& text : texts) {
    const ListpackItem item(text);
    run.resize(run.size() + item.size());
    item.write(run.data() + run.size() - item.size());
  }
  return framed({run.data(), static_cast<uint32_t>(run.size()), static_cast<uint32_t>(texts.size())});
}

// Small chunks, or few elements in each: some elements become plain ones.
void check_list(ListpackView run, const std::vector<std::string>& texts) {
  const ListFill fills[] = {{24, 1000}, {8000, 3}, ListFill::from_option(-2)};
  for (const ListFill& fill : fills) {
    SlabAllocator memory;
    const ChunkedList list = ChunkedList::from_run(memory, run, fill);
    require(list.consistent() && list.size() == texts.size(), "a list of the run is consistent");
    size_t index = 0;
    for (ListCursor cursor = list.seek(0); cursor.valid(); cursor.next(), ++index)
      require(text_of(cursor.element()) == texts[index], "the list has the elements of the run");
    require(index == texts.size(), "the list has all of them");
    std::string back(list.run_bytes().value(), '\0');
    list.copy_run(back.data());
    const std::string again =
        framed({back.data(), static_cast<uint32_t>(back.size()), static_cast<uint32_t>(list.size())});
    const auto parsed = listpack::parse(again);
    require(parsed.has_value() && texts_of(*parsed) == texts, "a list gives its elements back as a run");
  }
}

}  // namespace

std::vector<std::string> seeds() {
  return {
      encode({}),
      encode({"a", "1", "-70000", "", "hello world", "5000000000"}),
      encode({"127", "128", "-1", "4095", "-4096", "32767", "8388607", "2147483647", "9223372036854775807"}),
      encode({"x", std::string(63, 'a'), std::string(64, 'b'), std::string(126, 'c')}),
      encode({std::string(1000, 'd'), "-9223372036854775808", "01"}),
      encode(std::vector<std::string>(40, "field")),
  };
}

std::vector<std::string> tokens() {
  std::vector<std::string> tokens;
  for (const char* text : {"", "7", "-5", "300", "70000", "8388608", "5000000000", "short"}) {
    const std::string whole = encode({text});
    tokens.push_back(whole.substr(6, whole.size() - 7));
  }
  for (const int byte : {0x80, 0xC0, 0xE0, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF, 0x7F, 0x01})
    tokens.emplace_back(1, static_cast<char>(byte));
  tokens.emplace_back("\xF0\xFF\xFF\xFF\xFF", 5);
  tokens.emplace_back("\xFF\xFF", 2);
  return tokens;
}

namespace {

void run_one(std::string_view input) {
  const auto run = listpack::parse(input);
  if (!run) return;
  const std::vector<std::string> texts = texts_of(*run);
  require(texts.size() == run->count(), "the count is right");
  size_t index = texts.size();
  for (uint32_t at = run->bytes(); at > 0;) {
    at = run->previous(at);
    require(index > 0 && text_of(run->element(at)) == texts[--index], "backwards is forwards");
    require(run->seek(static_cast<uint32_t>(index)) == at, "seek finds each element");
    require(ListpackItem(texts[index]).matches(run->element(at)), "an element matches its text");
  }
  require(index == 0, "backwards sees all");
  const auto known = listpack::parse(framed(*run));
  require(known.has_value() && known->count() == run->count(), "what passes is whole in our frame");
  const std::string ours = encode(texts);
  const auto again = listpack::parse(ours);
  require(again.has_value() && ours.size() <= input.size() && texts_of(*again) == texts,
          "our encoding says the same and is not longer");
  check_list(*run, texts);
}

}  // namespace
}  // namespace aerie::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace aerie::fuzz;  // NOLINT: this file is the namespace's program
  run_one({reinterpret_cast<const char*>(data), size});
  // The same with the frame put right, so that mutations of elements get past the first look.
  if (size < 7) return 0;
  std::string whole(reinterpret_cast<const char*>(data), size);
  for (size_t i = 0; i < 4; ++i) whole[i] = static_cast<char>(size >> (8 * i));
  whole[4] = whole[5] = whole[size - 1] = static_cast<char>(0xFF);
  const std::vector<char> exact(whole.begin(), whole.end());
  run_one({exact.data(), exact.size()});
  return 0;
}
