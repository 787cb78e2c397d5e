; The Windows installer: for the current user only, so that it asks for no
; rights. build/package.sh passes VERSION, SOURCE (the folder of the programs)
; and TARGET (the installer).
Unicode true
RequestExecutionLevel user
SetCompressor /SOLID lzma

!include "MUI2.nsh"

!define NAME "yaLLMproxy"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\${NAME}"
!define AUTOSTART "Software\Microsoft\Windows\CurrentVersion\Run"

Name "${NAME}"
OutFile "${TARGET}"
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
BrandingText "${NAME} ${VERSION}"

!define MUI_ICON "icon.ico"
!define MUI_UNICON "icon.ico"
!define MUI_FINISHPAGE_RUN "$INSTDIR\yallmproxy-window.exe"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; A program that runs cannot be replaced. Asked to quit, it finishes the
; requests in flight first.
!macro QuitRunning
  IfFileExists "$INSTDIR\yallmproxy.exe" 0 +2
  nsExec::Exec '"$INSTDIR\yallmproxy.exe" stop --quit'
!macroend

Section
  !insertmacro QuitRunning
  SetOutPath "$INSTDIR"
  File "${SOURCE}/yallmproxy.exe"
  File "${SOURCE}/yallmproxy-window.exe"
  File "${SOURCE}/LICENSE"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  ; The window is what a person starts: it starts the core when none runs, and
  ; unlike the core it has no console.
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\yallmproxy-window.exe"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\yallmproxy-window.exe"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "${NAME}"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
SectionEnd

; Configuration, keys and records are the person's own and stay.
Section "Uninstall"
  !insertmacro QuitRunning
  Delete "$SMPROGRAMS\${NAME}.lnk"
  Delete "$INSTDIR\yallmproxy.exe"
  Delete "$INSTDIR\yallmproxy-window.exe"
  Delete "$INSTDIR\LICENSE"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegValue HKCU "${AUTOSTART}" "${NAME}"
SectionEnd
