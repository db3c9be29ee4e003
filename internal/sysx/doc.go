// Package sysx gives the packages above internal/ the error numbers they answer
// with, without an import of syscall. Each compares with errors.Is.
package sysx
