#include <fleetman/agent/definition.hpp>
#include <fleetman/core/text.hpp>

#include <optional>
#include <vector>

namespace fleetman::agent {
namespace {

// A path as one word of an Exec line: no specifier, no variable, no blank or quote that splits it (systemd.service(5),
// "Command lines").
std::string exec_word(const std::filesystem::path& path)
{
    std::string word = "\"";
    for (const char c : path.string()) {
        if (c == '%' || c == '$')
            word += c;
        else if (c == '"' || c == '\\')
            word += '\\';
        word += c;
    }
    word += '"';
    return word.find_first_of(" %$\\") == std::string::npos ? path.string() : word;
}

struct assignment
{
    std::string key;
    std::string value;
};

std::optional<assignment> assignment_in(std::string_view line)
{
    const std::string_view text = trimmed(line);
    const std::size_t equals = text.find('=');
    if (text.empty() || text.front() == '#' || text.front() == ';' || equals == std::string_view::npos)
        return std::nullopt;
    return assignment{std::string(trimmed(text.substr(0, equals))), std::string(trimmed(text.substr(equals + 1)))};
}

bool ends_path(std::string_view text, std::size_t at)
{
    return at == text.size() || std::string_view("/ \t\n\"'").find(text[at]) != std::string_view::npos;
}

bool names_path(std::string_view value, const std::string& path)
{
    for (std::string_view word : split(value, ' ')) {
        word = trimmed(word);
        while (!word.empty() && (word.front() == '-' || word.front() == '+'))
            word.remove_prefix(1);
        while (word.size() > 1 && word.back() == '/')
            word.remove_suffix(1);
        if (word == path)
            return true;
    }
    return false;
}

class unit_editor
{
public:
    unit_editor(std::string_view unit, const unit_paths& paths) : lines_(split(unit, '\n')), paths_(paths) {}

    result<std::string> edited()
    {
        for (std::size_t i = 0; i < lines_.size(); ++i)
            if (result<void> fine = edit(i); !fine)
                return fine.error();
        if (!behind_)
            return error(errc::invalid, "the unit has no [Service] section");
        const std::string align =
            "ExecStartPre=-+/bin/ln -sfnT " + exec_word(paths_.slot) + ' ' + exec_word(paths_.live);
        lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(*behind_) + 1, align);
        std::string text;
        for (std::size_t i = 0; i < lines_.size(); ++i)
            text.append(i == 0 ? "" : "\n").append(lines_[i]);
        return text;
    }

private:
    result<void> edit(std::size_t index)
    {
        std::string& line = lines_[index];
        const std::string_view text = trimmed(line);
        if (text.starts_with('[') && !continued_) {
            in_service_ = text == "[Service]";
            if (in_service_ && !behind_)
                behind_ = index;
        }
        if (const std::optional<assignment> found = continued_ ? std::nullopt : assignment_in(line))
            if (result<void> fine = edit_assignment(index, *found); !fine)
                return fine;
        const bool comment = text.starts_with('#') || text.starts_with(';');
        if (!comment)
            continued_ = text.ends_with('\\');
        return result<void>();
    }

    result<void> edit_assignment(std::size_t index, const assignment& found)
    {
        const std::string live = paths_.live.string();
        if (found.key.starts_with("Condition") || found.key.starts_with("Assert"))
            lines_[index] = with_path_replaced(lines_[index], live, paths_.slot.string());
        if (!in_service_)
            return result<void>();
        if (found.key == "ExecStartPre" && found.value.empty())
            behind_ = index;
        if (found.key == "RootDirectory" && names_path(found.value, live))
            return error(errc::invalid, "RootDirectory=" + live +
                                            " is not supported: the folders that the service "
                                            "writes to are links that lead out of it");
        if ((found.key == "ReadWritePaths" || found.key == "ReadWriteDirectories") &&
            names_path(whole_value(index), live)) {
            // Before what is there, on the same line: an assignment adds to the list, and a continued one goes on.
            const std::size_t at = lines_[index].find('=') + 1;
            lines_[index].insert(at, '-' + paths_.shared.string() + ' ');
        }
        return result<void>();
    }

    // The value of the assignment at `index` with the lines that continue it, comments between them left out
    // (systemd.syntax(7)).
    std::string whole_value(std::size_t index) const
    {
        std::string value = lines_[index].substr(lines_[index].find('=') + 1);
        while (trimmed(value).ends_with('\\') && ++index < lines_.size()) {
            value = trimmed(value);
            value.back() = ' ';
            const std::string_view next = trimmed(lines_[index]);
            const bool comment = next.starts_with('#') || next.starts_with(';');
            value.append(comment ? "\\" : next);
        }
        return value;
    }

    std::vector<std::string> lines_;
    const unit_paths& paths_;
    std::optional<std::size_t> behind_; // the line after which ours comes
    bool in_service_ = false;
    bool continued_ = false; // the line before ended with "\", so this one is no assignment of its own
};

} // namespace

std::string with_path_replaced(std::string_view text, const std::string& path, const std::string& by)
{
    std::string edited;
    std::size_t at = 0;
    for (std::size_t found; (found = text.find(path, at)) != std::string_view::npos; at = found + path.size()) {
        edited.append(text.substr(at, found - at));
        edited.append(ends_path(text, found + path.size()) ? by : path);
    }
    return edited.append(text.substr(at));
}

std::string fill_placeholders(std::string_view text, const std::map<std::string, std::string>& values)
{
    std::string filled;
    for (std::size_t start; (start = text.find("${")) != std::string_view::npos;) {
        const std::size_t end = text.find('}', start);
        if (end == std::string_view::npos)
            break;
        const auto value = values.find(std::string(text.substr(start + 2, end - start - 2)));
        filled.append(text.substr(0, start));
        if (value != values.end())
            filled.append(value->second);
        else
            filled.append(text.substr(start, end + 1 - start));
        text.remove_prefix(end + 1);
    }
    return filled.append(text);
}

std::string supervisor_escaped(std::string_view value)
{
    std::string escaped;
    for (const char c : value)
        escaped.append(c == '%' ? 2 : 1, c);
    return escaped;
}

std::string install_section(std::string_view definition)
{
    std::string found;
    bool inside = false;
    for (const std::string& line : split(definition, '\n')) {
        if (trimmed(line).starts_with('['))
            inside = trimmed(line) == "[Install]";
        else if (inside)
            found.append(line).append("\n");
    }
    return found;
}

result<std::string> installed_unit(std::string_view unit, const unit_paths& paths)
{
    return unit_editor(unit, paths).edited();
}

} // namespace fleetman::agent
