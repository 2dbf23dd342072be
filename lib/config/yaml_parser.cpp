#include "yaml_tree.hpp"

#include <fleetman/core/text.hpp>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

namespace fleetman::config {
namespace {

constexpr std::size_t deepest = 32; // our documents need 6
constexpr std::size_t most_nodes = 1'000'000;
constexpr std::size_t most_bytes = std::size_t{64} << 20; // of scalars, aliases expanded

constexpr std::string_view core_schema = "tag:yaml.org,2002:";

// Builds the tree from the parser's events. Whatever it refuses it throws as yaml-cpp does, caught in parse_yaml().
class tree_builder final : public YAML::EventHandler
{
public:
    yaml_node take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(at(mark), anchor, mark); }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        const auto target = anchored_.find(anchor);
        if (target == anchored_.end())
            throw YAML::ParserException(mark, "an alias stands inside what it stands for");
        yaml_node copy = target->second;
        count(copy, mark);
        attach(std::move(copy), mark);
    }

    void OnScalar(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override
    {
        // yaml-cpp 0.7 makes single bytes of these two, which are not UTF-8.
        if (!is_utf8(value))
            throw YAML::ParserException(mark, "the escapes \\N and \\_ are not supported");
        yaml_node node = at(mark);
        node.kind = yaml_node::type::scalar;
        node.text = value;
        node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
        note_tag(node, tag);
        if (tag == "tag:yaml.org,2002:null")
            node.kind = yaml_node::type::null;
        add(std::move(node), anchor, mark);
    }

    void OnSequenceStart(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override
    {
        open(yaml_node::type::sequence, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override
    {
        open(yaml_node::type::map, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

private:
    struct frame
    {
        yaml_node node;
        YAML::anchor_t anchor;
        YAML::Mark mark;
        std::optional<yaml_entry> entry; // a key that waits for its value
    };

    static std::size_t line_of(const YAML::Mark& mark) { return static_cast<std::size_t>(std::max(mark.line, 0)) + 1; }

    static yaml_node at(const YAML::Mark& mark)
    {
        yaml_node node;
        node.line = line_of(mark);
        return node;
    }

    static void note_tag(yaml_node& node, const std::string& tag)
    {
        if (!tag.empty() && tag != "!" && tag != "?" && tag.compare(0, core_schema.size(), core_schema) != 0)
            node.tag = tag;
    }

    void open(yaml_node::type kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor)
    {
        if (open_.size() == deepest)
            throw YAML::ParserException(mark, "nested deeper than " + std::to_string(deepest) + " levels");
        yaml_node node = at(mark);
        node.kind = kind;
        note_tag(node, tag);
        open_.push_back({std::move(node), anchor, mark, std::nullopt});
    }

    void close()
    {
        frame done = std::move(open_.back());
        open_.pop_back();
        add(std::move(done.node), done.anchor, done.mark);
    }

    void add(yaml_node node, YAML::anchor_t anchor, const YAML::Mark& mark)
    {
        // What is inside a collection was counted when it was added.
        charge(1, node.text.size(), mark);
        if (anchor != YAML::NullAnchor) {
            count(node, mark);
            anchored_.insert_or_assign(anchor, node);
        }
        attach(std::move(node), mark);
    }

    void attach(yaml_node node, const YAML::Mark& mark)
    {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        frame& parent = open_.back();
        if (parent.node.kind == yaml_node::type::sequence) {
            parent.node.items.push_back(std::move(node));
        } else if (!parent.entry) {
            if (node.kind != yaml_node::type::scalar)
                throw YAML::ParserException(mark, "a key must be text");
            parent.entry = yaml_entry{std::move(node.text), {}, line_of(mark)};
        } else {
            node.line = parent.entry->line; // a block begins below its key, where nobody looks for it
            parent.entry->value = std::move(node);
            parent.node.entries.push_back(*std::move(parent.entry));
            parent.entry.reset();
        }
    }

    void count(const yaml_node& node, const YAML::Mark& mark, std::size_t depth = 0)
    {
        if (open_.size() + depth > deepest)
            throw YAML::ParserException(mark, "nested deeper than " + std::to_string(deepest) + " levels");
        charge(1, node.text.size(), mark);
        for (const yaml_node& item : node.items)
            count(item, mark, depth + 1);
        for (const yaml_entry& entry : node.entries) {
            charge(1, entry.key.size(), mark);
            count(entry.value, mark, depth + 1);
        }
    }

    void charge(std::size_t nodes, std::size_t bytes, const YAML::Mark& mark)
    {
        nodes_ += nodes;
        bytes_ += bytes;
        if (nodes_ > most_nodes || bytes_ > most_bytes)
            throw YAML::ParserException(mark, "too many values, counting each alias as what it stands for");
    }

    yaml_node root_;
    std::vector<frame> open_;
    std::map<YAML::anchor_t, yaml_node> anchored_;
    std::size_t nodes_ = 0;
    std::size_t bytes_ = 0;
};

// Takes no notice of anything.
class document_probe final : public YAML::EventHandler
{
    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

error at_line(std::size_t line, const std::string& message)
{
    return {errc::invalid, std::to_string(line) + ": " + message};
}

// yaml-cpp takes byte 4 for the end of the file, passes other control characters on (YAML 1.2.2 section 5.1 forbids
// both), keeps a lone CR, which is a line's end, as part of the text, and guesses at encodings.
result<void> check_characters(std::string_view text)
{
    std::size_t line = 1;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view content = text.substr(0, end);
        if (end < text.size() && content.ends_with('\r'))
            content.remove_suffix(1);
        const auto forbidden = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; };
        if (std::any_of(content.begin(), content.end(), forbidden))
            return at_line(line, "has a control character");
        if (!is_utf8(content))
            return at_line(line, "is not valid UTF-8");
        text.remove_prefix(std::min(end + 1, text.size()));
        ++line;
    }
    return {};
}

} // namespace

result<yaml_node> parse_yaml(std::string_view text)
{
    if (result<void> sound = check_characters(text); !sound)
        return sound.error();
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        tree_builder builder;
        if (!parser.HandleNextDocument(builder))
            return yaml_node{};
        document_probe second;
        if (parser.HandleNextDocument(second))
            return error(errc::invalid, "1: the file has more than one document");
        return builder.take();
    } catch (const YAML::Exception& fault) {
        return at_line(static_cast<std::size_t>(std::max(fault.mark.line, 0)) + 1, fault.msg);
    }
}

} // namespace fleetman::config
