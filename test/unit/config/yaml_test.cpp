#include "../../../lib/config/yaml_fields.hpp"
#include "../../../lib/config/yaml_json.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::config;

namespace {

std::string refusal(std::string_view text)
{
    const result<yaml_node> parsed = parse_yaml(text);
    return parsed ? "accepted" : parsed.error().message();
}

std::string rewritten(std::string_view text)
{
    return write_yaml(parse_yaml(text).value());
}

} // namespace

TEST_CASE("booleans and integers are those of YAML 1.2", "[yaml]")
{
    for (const char* word : {"true", "True", "TRUE"})
        CHECK(yaml_boolean(parse_yaml(word).value()) == true);
    CHECK(yaml_boolean(parse_yaml("false").value()) == false);
    for (const char* word : {"yes", "on", "off", "no", "y", "'true'", "\"false\"", "!!str true", "1", "tRUE"})
        CHECK(yaml_boolean(parse_yaml(word).value()) == std::nullopt);

    const std::pair<const char*, std::int64_t> numbers[] = {
        {"0", 0}, {"-7", -7}, {"+7", 7}, {"010", 10}, {"0x1F", 31}, {"0o17", 15}};
    for (const auto& [text, value] : numbers)
        CHECK(yaml_integer(parse_yaml(text).value()) == value);
    for (const char* text : {"1.0", "1e3", "'1'", "1_000", "99999999999999999999", "0x", "0x-1", "abc", "+-1"})
        CHECK(yaml_integer(parse_yaml(text).value()) == std::nullopt);
}

TEST_CASE("an alias is what it stands for", "[yaml]")
{
    const yaml_node tree = parse_yaml("a: &x {b: 1}\nc: *x\nd: [&y text, *y]\n").value();
    CHECK(tree.find("c")->find("b")->text == "1");
    CHECK(tree.find("d")->items.at(1).text == "text");
    CHECK(write_yaml(tree).find_first_of("&*") == std::string::npos);
}

TEST_CASE("a file that is small but stands for much is refused", "[yaml]")
{
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        const std::string before = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
        for (int j = 1; j < 10; ++j)
            bomb += ", " + before;
        bomb += "]\n";
    }
    CHECK(refusal(bomb).find("too many values") != std::string::npos);
    CHECK(refusal("a: &x [*x]").find("an alias stands inside what it stands for") != std::string::npos);
}

TEST_CASE("nesting is bounded, also through aliases", "[yaml]")
{
    CHECK(refusal(std::string(31, '[') + std::string(31, ']')) == "accepted");
    CHECK(refusal(std::string(33, '[') + std::string(33, ']')).find("nested deeper than 32") != std::string::npos);
    CHECK(refusal(std::string(100'000, '[')).find("nested deeper than 32") != std::string::npos);
    std::string chain = "a0: &a0 [x]\n";
    for (int i = 1; i < 40; ++i)
        chain += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
    CHECK(refusal(chain).find("nested deeper than 32") != std::string::npos);
}

TEST_CASE("what is no single document of text is refused with its line", "[yaml]")
{
    CHECK(refusal("a: 1\n---\nb: 2\n") == "1: the file has more than one document");
    CHECK(refusal("a: 1\nb: \x04 2\n") == "2: has a control character");
    CHECK(refusal("a: 1\nb: 2\r3\n") == "2: has a control character");
    CHECK(refusal("a: 1\r\nb: 2\r\n") == "accepted");
    CHECK(refusal("a: 1\nb: \xFF\n") == "2: is not valid UTF-8");
    CHECK(refusal("a: 1\n? [x]\n: 2\n").substr(0, 2) == "2:");
    CHECK(refusal("a: \"\\N\"\n") == "1: the escapes \\N and \\_ are not supported");
    CHECK(parse_yaml(R"("\x41\u00e9\U0001F600")").value().text == "Aé😀");
    CHECK(refusal("a: [1\nb: 2\n") != "accepted");
    CHECK(refusal("a: *nothing\n") != "accepted");
    CHECK(parse_yaml("").value().kind == yaml_node::type::null);
    CHECK(parse_yaml("# only a comment\n").value().kind == yaml_node::type::null);
}

TEST_CASE("texts that look like something else are quoted when they are written", "[yaml]")
{
    for (const char* text : {"", "true", "Yes", "off", "n", "null", "~", "12", "0x1", "1.5", "-1", ".inf", "1e3",
             "a: b", "a #b", "- a", "*a", "&a", "!t", "%a", "@a", "`a", "{a}", "[a]", " a", "a ", "a\nb", "ü",
             "a:", "2026-01-05", "1:30", "<<", "=", "?", "\x7f", "\\", "\""}) {
        yaml_node root = yaml_node::empty_map();
        root.put("key", yaml_node::text_scalar(text));
        const std::string written = write_yaml(root);
        INFO(written);
        CHECK(written.substr(0, 6) == "key: \"");
        if (text[0] != '\x7f')
            CHECK(parse_yaml(written).value().find("key")->text == text);
    }
    for (const char* text : {"fleet", "https://s3.example.net:9000", "/usr/bin/x", "v1.2.3", "node01/api", "a_b"})
        CHECK(write_yaml(yaml_node::text_scalar(text)) == std::string(text) + '\n');
}

TEST_CASE("what is written means what was read", "[yaml]")
{
    for (const char* text :
        {"a: 1\nb: yes\nc: 'yes'\nd: ~\ne: []\nf: {}\n", "a:\n  - b: 1\n    c: [x, {d: e}]\n  - ~\n",
            "a: |\n  two\n  lines\nb: >\n  folded\n  text\n", "'1': a\n'true': b\n", "- a\n- - b\n  - c\n",
            "k: !other {a: 1}\ns: !mine text\n", "t: 010\nu: 0x1F\nv: 1.50\n"}) {
        const yaml_node before = parse_yaml(text).value();
        const std::string once = write_yaml(before);
        INFO(once);
        CHECK(to_json(parse_yaml(once).value(), {}) == to_json(before, {}));
        CHECK(rewritten(once) == once);
    }
    CHECK(rewritten("a: [-1, +2, .5, -.inf, 1e+3, 0x1F, 2026-01-05, 1:30]\n") ==
          "a:\n  - -1\n  - +2\n  - .5\n  - -.inf\n  - 1e+3\n  - 0x1F\n  - 2026-01-05\n  - 1:30\n");
    CHECK(rewritten(" --- \n") == "\"---\"\n");
    CHECK(rewritten("a: two words\n<<: x\n") == "a: \"two words\"\n\"<<\": x\n");
    CHECK(rewritten("a: 010\nb: yes\nc: 'yes'\n") == "a: 010\nb: yes\nc: \"yes\"\n");
}

TEST_CASE("of a repeated key the last value is read and written", "[yaml]")
{
    const yaml_node tree = parse_yaml("a: 1\nb: 2\na: 3\n").value();
    CHECK(tree.find("a")->text == "3");
    CHECK(write_yaml(tree) == "b: 2\na: 3\n");
}

TEST_CASE("fields are replaced in place and unknown ones stay", "[yaml]")
{
    yaml_node entry = parse_yaml("x: 1\nknown: old\nalso: gone\nz: 2\n").value();
    constexpr std::string_view known[] = {"known", "also", "new"};
    replace_fields(entry, boost::json::parse(R"({"known":"12","new":[true,null,7]})").as_object(), known);
    CHECK(write_yaml(entry) == "x: 1\nknown: \"12\"\nz: 2\nnew:\n  - true\n  - ~\n  - 7\n");
}

TEST_CASE("a path of a document leads to its line", "[yaml]")
{
    const yaml_node tree = parse_yaml("files:\n  - path: a\n  - path: b\n    mode: 1\n").value();
    CHECK(nearest(tree, "files[1].mode").line == 4);
    CHECK(nearest(tree, "files[1].owner").line == 3);
    CHECK(nearest(tree, "files[9]").line == 1);
    CHECK(nearest(tree, "nothing[x].y").line == 1);
}
