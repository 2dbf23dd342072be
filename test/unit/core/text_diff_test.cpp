#include <fleetman/core/text_diff.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace fleetman;

namespace {

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
        lines.push_back(text.substr(at, end - at));
        at = end;
    }
    return lines;
}

// What patch(1) does: the hunks of `diff` applied to `from`.
std::string applied(const std::string& from, const std::string& diff)
{
    const std::vector<std::string> old_lines = lines_of(from);
    std::string made;
    std::size_t at = 0;
    for (const std::string& line : lines_of(diff)) {
        if (line.starts_with("@@")) {
            const std::size_t first = std::stoul(line.substr(4));
            const bool none = line.substr(4, line.find(' ', 4) - 4).ends_with(",0");
            for (const std::size_t until = none ? first : first - 1; at < until; ++at)
                made += old_lines.at(at);
        } else if (line.starts_with('\\')) {
            made.pop_back();
        } else {
            if (line[0] != '+') {
                const std::string& there = old_lines.at(at++);
                REQUIRE(there.substr(0, line.size() - 2) == line.substr(1, line.size() - 2));
            }
            if (line[0] != '-')
                made += line.substr(1);
        }
    }
    for (; at < old_lines.size(); ++at)
        made += old_lines[at];
    return made;
}

} // namespace

TEST_CASE("a diff is that of diff -u", "[core][diff]")
{
    const std::string from = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
    CHECK(unified_diff(from, from) == "");
    CHECK(unified_diff(from, "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n11\n12\n") ==
          "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
    CHECK(unified_diff(from, "2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\nmore\n") ==
          "@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n@@ -10,3 +9,4 @@\n 10\n 11\n 12\n+more\n");
    CHECK(unified_diff("", "a\n") == "@@ -0,0 +1 @@\n+a\n");
    CHECK(unified_diff("a\n", "") == "@@ -1 +0,0 @@\n-a\n");
    CHECK(unified_diff("a", "a\n") == "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
}

TEST_CASE("changes that lie close together share a hunk", "[core][diff]")
{
    CHECK(unified_diff("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n") ==
          "@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
}

TEST_CASE("a diff leads from the one text to the other, with the fewest lines", "[core][diff]")
{
    // Texts of few different lines, in which a shortest way is easily missed.
    unsigned seed = 1;
    const auto next = [&seed](unsigned below) {
        seed = seed * 1'103'515'245 + 12'345;
        return (seed >> 16) % below;
    };
    for (int turn = 0; turn < 300; ++turn) {
        std::string from;
        std::string to;
        for (unsigned i = next(12); i > 0; --i)
            from += std::string(1, static_cast<char>('a' + next(3))) + '\n';
        for (unsigned i = next(12); i > 0; --i)
            to += std::string(1, static_cast<char>('a' + next(3))) + '\n';
        INFO(from << "to\n" << to);
        const auto diff = unified_diff(from, to);
        REQUIRE(diff.has_value());
        CHECK(applied(from, *diff) == to);

        std::size_t edits = 0;
        for (const std::string& line : lines_of(*diff))
            edits += line[0] == '+' || line[0] == '-' ? 1 : 0;
        const std::vector<std::string> a = lines_of(from);
        const std::vector<std::string> b = lines_of(to);
        std::vector<std::vector<std::size_t>> common(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
        for (std::size_t i = 0; i < a.size(); ++i)
            for (std::size_t j = 0; j < b.size(); ++j)
                common[i + 1][j + 1] = a[i] == b[j] ? common[i][j] + 1 : std::max(common[i][j + 1], common[i + 1][j]);
        CHECK(edits == a.size() + b.size() - 2 * common[a.size()][b.size()]);
    }
}

TEST_CASE("texts that differ too much have no diff", "[core][diff]")
{
    std::string from;
    std::string to;
    for (int i = 0; i < 600; ++i) {
        from += "from " + std::to_string(i) + '\n';
        to += "to " + std::to_string(i) + '\n';
    }
    CHECK_FALSE(unified_diff(from, to).has_value());
    CHECK(applied(from, unified_diff(from, to, {.edits = 1200}).value()) == to);
    CHECK_FALSE(unified_diff(from, to, {.edits = 1200, .output_bytes = 1000}).has_value());
}
