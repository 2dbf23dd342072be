# cmake -D OUTPUT=assets.cpp -D FILES=a;b -P embed_files.cmake: writes the files' bytes as a C++ source that defines
# std::span<const fleetman::api::embedded_file> fleetman::app::page_files(). Each is there twice, as it is and by gzip(1).
function(append_array name file)
    file(READ "${file}" bytes HEX)
    string(LENGTH "${bytes}" digits)
    math(EXPR size "${digits} / 2")
    string(REGEX REPLACE "(................................)" "\\1\n    " bytes "${bytes}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    set(arrays "${arrays}const unsigned char ${name}[] = {\n    ${bytes}0};\n\n" PARENT_SCOPE)
    set(text "{reinterpret_cast<const char*>(${name}), ${size}}" PARENT_SCOPE)
endfunction()

set(arrays "")
set(table "")
set(index 0)
foreach(file ${FILES})
    get_filename_component(name "${file}" NAME)
    string(APPEND arrays "// ${name}\n")
    append_array(file_${index} "${file}")
    set(plain "${text}")
    execute_process(COMMAND gzip -9 -n -c "${file}" OUTPUT_FILE "${OUTPUT}.gz" COMMAND_ERROR_IS_FATAL ANY)
    append_array(gzip_${index} "${OUTPUT}.gz")
    string(APPEND table "    {\"${name}\", ${plain}, ${text}},\n")
    math(EXPR index "${index} + 1")
endforeach()
file(REMOVE "${OUTPUT}.gz")
file(WRITE "${OUTPUT}" "#include <fleetman/api/assets.hpp>\n
namespace fleetman::app {
namespace {\n
${arrays}const fleetman::api::embedded_file files[] = {
${table}};\n
} // namespace\n
std::span<const fleetman::api::embedded_file> page_files();\n
std::span<const fleetman::api::embedded_file> page_files()
{
    return files;
}\n
} // namespace fleetman::app
")
