import {
  ActionIcon,
  Autocomplete,
  Button,
  Checkbox,
  createTheme,
  Drawer,
  Input,
  type MantineColorsTuple,
  Menu,
  Modal,
  MultiSelect,
  NumberInput,
  PasswordInput,
  SegmentedControl,
  Select,
  Switch,
  Tabs,
  TagsInput,
  Textarea,
  TextInput,
  Tooltip,
} from "@mantine/core";
import i18n from "@/i18n";

const accent: MantineColorsTuple = [
  "#eef3fd",
  "#d9e4fa",
  "#b3c8f4",
  "#8aaaee",
  "#6b94ea",
  "#4b7de0",
  "#2f66d0",
  "#2758ba",
  "#214b9f",
  "#1a3d83",
];

const dark: MantineColorsTuple = [
  "#d9dce1",
  "#bcc0c8",
  "#9a9fa9",
  "#747a85",
  "#3a3e45",
  "#2f3238",
  "#26292e",
  "#1b1d20",
  "#16181a",
  "#111214",
];

const gray: MantineColorsTuple = [
  "#f7f8f9",
  "#f0f1f3",
  "#e6e8eb",
  "#d7dade",
  "#c5c9cf",
  "#9aa0a8",
  "#5f6570",
  "#474c55",
  "#33373d",
  "#1f2226",
];

const closeButtonProps = { "aria-label": i18n.t("ui.close") };
const small = { defaultProps: { size: "xs" } };

export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 6, dark: 6 },
  colors: { accent, dark, gray },
  fontFamily:
    '-apple-system, "Segoe UI Variable Text", "Segoe UI", "Inter", "Cantarell", "Ubuntu", "Noto Sans", system-ui, sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", "Noto Sans Mono", "DejaVu Sans Mono", monospace',
  fontSizes: { xs: "12px", sm: "13px", md: "13px", lg: "15px", xl: "18px" },
  lineHeights: { xs: "1.4", sm: "1.45", md: "1.5", lg: "1.5", xl: "1.4" },
  spacing: { xs: "8px", sm: "12px", md: "16px", lg: "20px", xl: "32px" },
  radius: { xs: "3px", sm: "4px", md: "6px", lg: "8px", xl: "12px" },
  fontWeights: { regular: "400", medium: "500", bold: "600" },
  defaultRadius: "md",
  focusRing: "auto",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: "subtle", color: "gray", size: 26 } }),
    Autocomplete: Autocomplete.extend(small),
    Button: Button.extend(small),
    Checkbox: Checkbox.extend(small),
    Drawer: Drawer.extend({
      styles: { title: { fontSize: 15, fontWeight: 600 } },
      defaultProps: { closeButtonProps, transitionProps: { duration: 120 }, overlayProps: { opacity: 0.35 } },
    }),
    InputWrapper: Input.Wrapper.extend({
      styles: { label: { marginBottom: 3 }, description: { fontSize: 12 } },
    }),
    Menu: Menu.extend({ defaultProps: { transitionProps: { duration: 80 }, shadow: "sm" } }),
    Modal: Modal.extend({
      styles: { title: { fontSize: 15, fontWeight: 600 } },
      defaultProps: {
        closeButtonProps,
        transitionProps: { duration: 120 },
        overlayProps: { opacity: 0.35 },
        centered: true,
      },
    }),
    MultiSelect: MultiSelect.extend(small),
    NumberInput: NumberInput.extend(small),
    PasswordInput: PasswordInput.extend(small),
    SegmentedControl: SegmentedControl.extend(small),
    Select: Select.extend({
      defaultProps: { size: "xs", checkIconPosition: "right", comboboxProps: { shadow: "sm" } },
    }),
    Switch: Switch.extend(small),
    Tabs: Tabs.extend({ defaultProps: { keepMounted: false } }),
    TagsInput: TagsInput.extend(small),
    Textarea: Textarea.extend(small),
    TextInput: TextInput.extend(small),
    Tooltip: Tooltip.extend({
      defaultProps: { openDelay: 350, transitionProps: { duration: 80 }, fz: 12, px: 8, py: 4 },
    }),
  },
});
