# The page: its packages (static/package.json, exactly as locked), laid out and embedded by cmake/build_page.mjs.

find_program(FLEETMAN_NODE NAMES node nodejs)
find_program(FLEETMAN_NPM npm)
set(FLEETMAN_PAGE_MODULES "" CACHE PATH "A node_modules folder that has what static/package-lock.json names; empty: npm gets it")
if(NOT FLEETMAN_NODE OR NOT (FLEETMAN_NPM OR FLEETMAN_PAGE_MODULES))
    message(FATAL_ERROR "The web page is built with Node: install Debian's nodejs and npm (tools/packages/build.txt)")
endif()

# fleetman_page(FILE): the C++ source FILE holds the page. The target page_dev lays it out in <build>/page/dev for
# `fleetman serve --dev-static`, where an edited source acts with the next reload.
function(fleetman_page source)
    set(folder ${CMAKE_BINARY_DIR}/page)
    set(static ${CMAKE_SOURCE_DIR}/static)
    set(builder ${CMAKE_SOURCE_DIR}/cmake/build_page.mjs)
    if(FLEETMAN_PAGE_MODULES)
        set(modules ${FLEETMAN_PAGE_MODULES})
        set(have_modules "")
    else()
        set(modules ${folder}/modules/node_modules)
        set(have_modules ${folder}/modules/complete)
        set(getter ${CMAKE_SOURCE_DIR}/cmake/get_page_modules.cmake)
        add_custom_command(
            OUTPUT ${have_modules}
            COMMAND ${CMAKE_COMMAND} -D NPM=${FLEETMAN_NPM} -D STATIC=${static} -D FOLDER=${folder}/modules -P ${getter}
            DEPENDS ${static}/package.json ${static}/package-lock.json ${getter}
            COMMENT "Getting the page's packages" VERBATIM)
    endif()
    file(GLOB files CONFIGURE_DEPENDS ${static}/*.html ${static}/*.mjs ${static}/css/*.css ${static}/lib/*.mjs
        ${static}/parts/*.mjs ${static}/views/*.mjs)
    list(APPEND files ${static}/openapi.json)
    set(build ${FLEETMAN_NODE} --no-warnings --experimental-vm-modules ${builder} --static ${static} --modules ${modules})
    add_custom_command(
        OUTPUT ${source}
        COMMAND ${build} --out ${folder}/served --source ${source}
        DEPENDS ${files} ${builder} ${have_modules}
        COMMENT "Embedding the page" VERBATIM)
    add_custom_target(page_dev
        COMMAND ${build} --out ${folder}/dev --link
        DEPENDS ${builder} ${have_modules}
        COMMENT "Laying the page out in ${folder}/dev" VERBATIM)
endfunction()
