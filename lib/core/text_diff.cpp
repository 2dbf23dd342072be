#include <fleetman/core/text_diff.hpp>

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace fleetman {

namespace {

constexpr std::size_t context_lines = 3;

// Lines with their ends, so that a missing last line end is a difference.
std::vector<std::string_view> lines_of(std::string_view text)
{
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::size_t length = end == std::string_view::npos ? text.size() : end + 1;
        lines.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return lines;
}

// Lines [from_begin, from_end) of the one become [to_begin, to_end) of the other; one of them may be empty.
struct change
{
    std::size_t from_begin, from_end, to_begin, to_end;
};

// Lines as numbers, equal when the lines are.
class numbering
{
public:
    std::vector<std::uint32_t> of(const std::vector<std::string_view>& lines)
    {
        std::vector<std::uint32_t> numbers;
        numbers.reserve(lines.size());
        for (const std::string_view line : lines)
            numbers.push_back(known_.emplace(line, static_cast<std::uint32_t>(known_.size())).first->second);
        return numbers;
    }

private:
    std::unordered_map<std::string_view, std::uint32_t> known_;
};

using numbers = std::vector<std::uint32_t>;

// The furthest reaching paths of each number of edits: x by diagonal, from -d to d in steps of two.
class edit_graph
{
public:
    edit_graph(const numbers& from, const numbers& to) : from_(from), to_(to) {}

    // Nothing past `most` edits.
    std::optional<std::vector<change>> shortest(std::size_t most)
    {
        const auto bound = static_cast<std::int64_t>(std::min(most, from_.size() + to_.size()));
        for (std::int64_t d = 0; d <= bound; ++d)
            if (advance(d))
                return backtrack();
        return std::nullopt;
    }

private:
    using row = std::vector<std::int64_t>;

    std::int64_t reach(std::int64_t d, std::int64_t k) const
    {
        return k < -d || k > d ? -1 : rows_[static_cast<std::size_t>(d)][static_cast<std::size_t>((k + d) / 2)];
    }
    // Whether path d on diagonal k begins with an added line (down from k + 1), not a removed one (right from k - 1).
    bool comes_down(std::int64_t d, std::int64_t k) const
    {
        return k == -d || (k != d && reach(d - 1, k - 1) < reach(d - 1, k + 1));
    }
    std::int64_t start_of(std::int64_t d, std::int64_t k) const
    {
        if (d == 0)
            return 0;
        return comes_down(d, k) ? reach(d - 1, k + 1) : reach(d - 1, k - 1) + 1;
    }

    // Adds the row of d edits; true when it reaches the end of both.
    bool advance(std::int64_t d)
    {
        const auto width = static_cast<std::int64_t>(from_.size());
        const auto height = static_cast<std::int64_t>(to_.size());
        rows_.emplace_back(static_cast<std::size_t>(d + 1), -1);
        for (std::int64_t k = -d; k <= d; k += 2) {
            std::int64_t x = start_of(d, k);
            while (x >= 0 && x < width && x - k >= 0 && x - k < height &&
                   from_[static_cast<std::size_t>(x)] == to_[static_cast<std::size_t>(x - k)])
                ++x;
            rows_.back()[static_cast<std::size_t>((k + d) / 2)] = x;
            if (x >= width && x - k >= height)
                return true;
        }
        return false;
    }

    // The single edits, last to first, then joined where they touch.
    std::vector<change> backtrack() const
    {
        std::vector<change> edits;
        auto k = static_cast<std::int64_t>(from_.size()) - static_cast<std::int64_t>(to_.size());
        for (auto d = static_cast<std::int64_t>(rows_.size()) - 1; d > 0; --d) {
            const bool down = comes_down(d, k);
            const std::int64_t before_k = down ? k + 1 : k - 1;
            const std::int64_t x = reach(d - 1, before_k);
            const auto at_from = static_cast<std::size_t>(x);
            const auto at_to = static_cast<std::size_t>(x - before_k);
            edits.push_back({at_from, at_from + (down ? 0 : 1), at_to, at_to + (down ? 1 : 0)});
            k = before_k;
        }
        std::reverse(edits.begin(), edits.end());
        return joined(edits);
    }

    static std::vector<change> joined(const std::vector<change>& edits)
    {
        std::vector<change> changes;
        for (const change& edit : edits) {
            if (!changes.empty() && changes.back().from_end == edit.from_begin &&
                changes.back().to_end == edit.to_begin) {
                changes.back().from_end = edit.from_end;
                changes.back().to_end = edit.to_end;
            } else {
                changes.push_back(edit);
            }
        }
        return changes;
    }

    const numbers& from_;
    const numbers& to_;
    std::vector<row> rows_;
};

// "@@ -1,3 +1,4 @@" and its lines.
class hunk_writer
{
public:
    hunk_writer(const std::vector<std::string_view>& from, const std::vector<std::string_view>& to)
        : from_(from), to_(to)
    {}

    std::string write(const std::vector<change>& changes)
    {
        for (std::size_t first = 0; first < changes.size();) {
            std::size_t last = first;
            while (
                last + 1 < changes.size() && changes[last + 1].from_begin - changes[last].from_end <= 2 * context_lines)
                ++last;
            write_hunk({changes.begin() + static_cast<std::ptrdiff_t>(first),
                changes.begin() + static_cast<std::ptrdiff_t>(last) + 1});
            first = last + 1;
        }
        return std::move(text_);
    }

private:
    void write_hunk(const std::vector<change>& changes)
    {
        const std::size_t before = std::min(context_lines, changes.front().from_begin);
        const std::size_t after = std::min(context_lines, from_.size() - changes.back().from_end);
        const std::size_t from_begin = changes.front().from_begin - before;
        const std::size_t to_begin = changes.front().to_begin - before;
        text_ += "@@ -" + extent(from_begin, changes.back().from_end + after) + " +" +
                 extent(to_begin, changes.back().to_end + after) + " @@\n";
        std::size_t at = from_begin;
        for (const change& one : changes) {
            write_lines(' ', from_, at, one.from_begin);
            write_lines('-', from_, one.from_begin, one.from_end);
            write_lines('+', to_, one.to_begin, one.to_end);
            at = one.from_end;
        }
        write_lines(' ', from_, at, at + after);
    }

    // The number of the first line and how many; of none, the line before (POSIX diff -u).
    static std::string extent(std::size_t begin, std::size_t end)
    {
        const std::size_t count = end - begin;
        const std::string first = std::to_string(count == 0 ? begin : begin + 1);
        return count == 1 ? first : first + ',' + std::to_string(count);
    }

    void write_lines(char sign, const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end)
    {
        for (std::size_t i = begin; i < end; ++i) {
            text_ += sign;
            text_ += lines[i];
            if (!lines[i].ends_with('\n'))
                text_ += "\n\\ No newline at end of file\n";
        }
    }

    const std::vector<std::string_view>& from_;
    const std::vector<std::string_view>& to_;
    std::string text_;
};

// What both begin and end with takes no part in the search.
struct common_ends
{
    std::size_t begin = 0;
    std::size_t end = 0;
};

common_ends ends_of(const numbers& from, const numbers& to)
{
    common_ends same;
    const std::size_t most = std::min(from.size(), to.size());
    while (same.begin < most && from[same.begin] == to[same.begin])
        ++same.begin;
    while (same.end < most - same.begin && from[from.size() - 1 - same.end] == to[to.size() - 1 - same.end])
        ++same.end;
    return same;
}

numbers middle(const numbers& all, const common_ends& same)
{
    return {all.begin() + static_cast<std::ptrdiff_t>(same.begin), all.end() - static_cast<std::ptrdiff_t>(same.end)};
}

} // namespace

std::optional<std::string> unified_diff(std::string_view from, std::string_view to, diff_limits limits)
{
    const std::vector<std::string_view> old_lines = lines_of(from);
    const std::vector<std::string_view> new_lines = lines_of(to);
    numbering known;
    const numbers old_numbers = known.of(old_lines);
    const numbers new_numbers = known.of(new_lines);
    const common_ends same = ends_of(old_numbers, new_numbers);
    const numbers old_middle = middle(old_numbers, same);
    const numbers new_middle = middle(new_numbers, same);
    auto changes = edit_graph(old_middle, new_middle).shortest(limits.edits);
    if (!changes)
        return std::nullopt;
    for (change& one : *changes) {
        one.from_begin += same.begin;
        one.from_end += same.begin;
        one.to_begin += same.begin;
        one.to_end += same.begin;
    }
    std::string text = hunk_writer(old_lines, new_lines).write(*changes);
    if (text.size() > limits.output_bytes)
        return std::nullopt;
    return text;
}

} // namespace fleetman
