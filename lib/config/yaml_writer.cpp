#include "yaml_tree.hpp"

#include <fleetman/core/text.hpp>

#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

#include <algorithm>
#include <map>

namespace fleetman::config {
namespace {

// What some reader of YAML 1.1 or 1.2 takes for something other than text.
bool is_reserved(std::string_view text)
{
    static constexpr std::string_view words[] = {
        "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"};
    const std::string word = lower_case(text);
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/';
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// No indicator of YAML's in a place where it indicates something.
bool is_unmarked(std::string_view text)
{
    const auto inner = [](char c) {
        return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == ':' || c == '+';
    };
    return !text.empty() && text.back() != ':' && std::all_of(text.begin(), text.end(), inner);
}

// Texts that are plainly text: everything else is quoted, needed or not.
bool is_plainly_text(std::string_view text)
{
    return is_unmarked(text) && is_letter(text.front()) && !is_reserved(text);
}

// What may stand without quotes, and may be a number or a boolean then. The rest is text in YAML 1.2's core schema.
bool may_be_plain(std::string_view text)
{
    if (!is_unmarked(text))
        return false;
    if (is_letter(text.front()) || is_digit(text.front()))
        return true;
    return text.size() > 1 && text.front() != ':' && (is_digit(text[1]) || is_letter(text[1]) || text[1] == '.') &&
           text.substr(0, 3) != "...";
}

class writer
{
public:
    std::string run(const yaml_node& root)
    {
        write(root);
        return std::string(out_.c_str()) + '\n';
    }

private:
    void write_text(const std::string& text)
    {
        if (!is_plainly_text(text))
            out_ << YAML::DoubleQuoted;
        out_ << text;
    }

    void write_scalar(const yaml_node& node)
    {
        if (node.quoted || !may_be_plain(node.text))
            write_text(node.text);
        else
            out_ << node.text;
    }

    void write(const yaml_node& node)
    {
        if (!node.tag.empty())
            out_ << YAML::VerbatimTag(node.tag);
        switch (node.kind) {
        case yaml_node::type::null: out_ << YAML::Null; break;
        case yaml_node::type::scalar: write_scalar(node); break;
        case yaml_node::type::sequence: write_sequence(node); break;
        case yaml_node::type::map: write_map(node); break;
        }
    }

    void write_sequence(const yaml_node& node)
    {
        if (node.items.empty())
            out_ << YAML::Flow;
        out_ << YAML::BeginSeq;
        for (const yaml_node& item : node.items)
            write(item);
        out_ << YAML::EndSeq;
    }

    void write_map(const yaml_node& node)
    {
        if (node.entries.empty())
            out_ << YAML::Flow;
        out_ << YAML::BeginMap;
        std::map<std::string_view, const yaml_entry*> last;
        for (const yaml_entry& entry : node.entries)
            last.insert_or_assign(entry.key, &entry);
        for (const yaml_entry& entry : node.entries) {
            if (last.at(entry.key) != &entry)
                continue;
            out_ << YAML::Key;
            write_text(entry.key);
            out_ << YAML::Value;
            write(entry.value);
        }
        out_ << YAML::EndMap;
    }

    YAML::Emitter out_;
};

} // namespace

std::string write_yaml(const yaml_node& root)
{
    return writer().run(root);
}

} // namespace fleetman::config
